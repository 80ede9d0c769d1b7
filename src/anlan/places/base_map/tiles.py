"""Roads and waters as vector tiles. They are the same for everybody who is signed in."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Max
from django.urls import reverse

from anlan.kernel.errors import NotFound

from ..models import BaseLine, BaseMapSource

MAX_ZOOM = 14
#: From which zoom on a rank is drawn.
FROM_ZOOM = {1: 6, 2: 9, 3: 12, 4: 13}
_EXTENT, _BUFFER = 4096, 64

_CUT = f"""
SELECT string_agg(mvt, ''::bytea) FROM (
  SELECT ST_AsMVT(t, t.kind, {_EXTENT}, 'geom') AS mvt FROM (
    SELECT kind, rank, NULLIF(name, '') AS name,
           ST_AsMVTGeom(ST_Transform(line, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), {_EXTENT}, {_BUFFER}, true) AS geom
    FROM places_baseline
    WHERE rank <= %(rank)s
      AND line && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {_BUFFER / _EXTENT}), 4326)
  ) t WHERE t.geom IS NOT NULL GROUP BY t.kind
) layers
"""


def base_tile(z: int, x: int, y: int) -> bytes:
    """One tile with the layers `road` and `water`; empty bytes when nothing lies there. Raises NotFound outside the grid."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFound()
    rank = max((r for r, zoom in FROM_ZOOM.items() if zoom <= z), default=0)
    if not rank:
        return b""
    with connection.cursor() as cursor:
        cursor.execute(_CUT, {"z": z, "x": x, "y": y, "rank": rank})
        return bytes(cursor.fetchone()[0] or b"")


def stamp() -> str:
    """Changes whenever what lies under the map changes; stands in the tiles' address, so that they may be kept."""
    found = BaseMapSource.objects.aggregate(at=Max("imported_at"))["at"]
    return f"{found.timestamp():.0f}-{BaseMapSource.objects.count()}" if found else ""


def base_layers() -> list[dict[str, Any]]:
    """BaseLayer entries of frontend/src/map/config.ts, lowest first; empty when nothing was imported."""
    now = stamp()
    if not now:
        return []
    url = reverse("map-base-tile", args=[0, 0, 0]).replace("/0/0/0.mvt", "/{z}/{x}/{y}.mvt") + f"?v={now}"
    kinds = set(BaseLine.objects.values_list("kind", flat=True).distinct())
    whose = " · ".join(sorted(set(BaseMapSource.objects.values_list("attribution", flat=True))))
    return [
        {"id": kind, "type": "mvt", "url": url, "layer": kind, "kind": kind, "label": "name", "attribution": whose}
        for kind in ("water", "road")
        if kind in kinds
    ]
