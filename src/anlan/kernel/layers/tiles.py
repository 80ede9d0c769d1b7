"""Vector tiles: the scoped query itself is compiled into the statement that cuts the tile, so that nothing foreign can get in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import F, QuerySet

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound

from .declaration import Layer

MAX_ZOOM = 19
#: More single features than this are not drawn in one tile; points are then counted by cells.
MAX_FEATURES = 2000
#: Below this zoom points share a tile with whole counties: from so many on they are counted by cells.
CROWD_ZOOM, CROWD = 12, 200
#: Cells along one side of a tile when points are counted.
CELLS = 12
EXTENT, BUFFER = 4096, 64


def tile(ctx: Context, layer: Layer, z: int, x: int, y: int, query: Mapping[str, Any] | None = None) -> bytes:
    """One tile of what `ctx` may see of `layer`; empty bytes when nothing lies there. Raises NotFound outside the grid."""
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFound()
    frame = _frame(z, x, y, margin=BUFFER / EXTENT)
    rows = layer.rows(ctx, query or {}).order_by().filter(**{f"{layer.geometry}__bboverlaps": frame})
    if layer.kind not in ("point", "measured"):
        return _single(layer, rows, z, x, y, most=MAX_FEATURES, all_or_none=False) or b""
    content = _single(layer, rows, z, x, y, most=CROWD if z < CROWD_ZOOM else MAX_FEATURES, all_or_none=True)
    return _counted(layer, rows, z, x, y) if content is None else content


def _single(layer: Layer, rows: QuerySet[Any], z: int, x: int, y: int, *, most: int, all_or_none: bool) -> bytes | None:
    """Each thing by itself, asked in one go; None when there are more than `most` and all or none are wanted."""
    inner, params = _compiled(layer, rows[: most + all_or_none])
    # Null is left out of the tile: unknown stays absent, never 0.
    names = "".join(f', s."_p_{name}" AS "{name}"' for name in layer.properties)
    sql = f"""WITH s AS MATERIALIZED ({inner})
        SELECT CASE WHEN (SELECT count(*) FROM s) <= %s THEN (SELECT coalesce(ST_AsMVT(t, %s, {EXTENT}, 'geom'), '') FROM (
            SELECT s."_id"::text AS id{names},
                   ST_AsMVTGeom(ST_Transform(s."_geom", 3857), ST_TileEnvelope(%s, %s, %s), {EXTENT}, {BUFFER}, true) AS geom
            FROM s) t WHERE t.geom IS NOT NULL) END"""
    return _fetch(sql, [*params, most, layer.key, z, x, y])


def _counted(layer: Layer, rows: QuerySet[Any], z: int, x: int, y: int) -> bytes:
    """Points by cell: a cell with one keeps what it is, a cell with more becomes `point_count` at their middle.

    Cells are reckoned from the degrees themselves (spherical Mercator, as the tiles are): to project each of tens of thousands
    of points costs more than all the rest.
    """
    inner, params = _compiled(layer, rows)
    names = "".join(f', i."_p_{name}" AS "{name}"' for name in layer.properties)
    # Numbered, so that a cell needs to keep but a number of what is in it: to gather the names themselves sorts all of them.
    sql = f"""WITH i AS MATERIALIZED (SELECT row_number() OVER () AS "_n", ST_X(r."_geom") AS "_lon", ST_Y(r."_geom") AS "_lat", r.*
                FROM ({inner}) r),
             c AS (SELECT count(*) AS many, min("_n") AS one, avg("_lon") AS lon, avg("_lat") AS lat FROM i
                GROUP BY floor(("_lon" + 180) / 360 * %s)::int, floor(ln(tan(radians(45 + "_lat" / 2))) / radians(360) * %s)::int)
        SELECT ST_AsMVT(t, %s, {EXTENT}, 'geom') FROM (
        SELECT i."_id"::text AS id, CASE WHEN c.many > 1 THEN c.many END AS point_count{names},
               ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326), 3857),
               ST_TileEnvelope(%s, %s, %s), {EXTENT}, {BUFFER}, true) AS geom
        FROM c LEFT JOIN i ON c.many = 1 AND i."_n" = c.one) t WHERE t.geom IS NOT NULL"""
    across = 2**z * CELLS
    return _fetch(sql, [*params, across, across, layer.key, z, x, y]) or b""


def _compiled(layer: Layer, rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """The scoped query as SQL with the columns that a tile needs; properties are prefixed, for annotations may not bear the
    name of a model field.
    """
    given = {f"_p_{name}": F(value) if isinstance(value, str) else value for name, value in layer.properties.items()}
    plain = rows.values(_id=F("pk"), _geom=F(layer.geometry), **given)
    return plain.query.sql_with_params()


def _fetch(sql: str, params: list[Any]) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        (content,) = cursor.fetchone()
        return None if content is None else bytes(content)


def _frame(z: int, x: int, y: int, *, margin: float) -> Polygon:
    """The tile's box in degrees, a little larger, so that symbols at its edge are whole."""
    west, north = _degrees(x - margin, y - margin, z)
    east, south = _degrees(x + 1 + margin, y + 1 + margin, z)
    box = Polygon.from_bbox((max(west, -180), south, min(east, 180), north))
    box.srid = 4326
    return box


def _degrees(x: float, y: float, z: int) -> tuple[float, float]:
    n = 2**z
    return x / n * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * min(max(y, 0), n) / n))))
