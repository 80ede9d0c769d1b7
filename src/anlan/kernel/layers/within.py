"""Who and what is inside a circle or a drawn shape: totals and lists over all layers that the person may see."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import GEOSException, Point, Polygon
from django.contrib.gis.measure import D
from django.db import connection, transaction
from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.geodesy import EARTH_RADIUS_M, box_around

from .declaration import Layer
from .registry import layers_for

MAX_CORNERS = 500
MAX_RADIUS_M = 200_000
#: Beyond this a list stops and says how many more there are.
MAX_ITEMS = 50


@dataclass(frozen=True)
class Area:
    """A drawn area (WGS84). A circle keeps its centre and radius in metres, so that distances are exact."""

    outline: Polygon
    centre: Point | None = None
    radius_m: float = 0

    @property
    def shape(self) -> Polygon:
        """The area as a polygon that may be compared with outlines; a circle has 72 corners."""
        return self.outline if self.centre is None else _rounded(self)

    @property
    def km2(self) -> float:
        if self.centre is not None:
            return math.pi * (self.radius_m / 1000) ** 2
        shape = self.outline.clone()
        # Equal-area (World Cylindrical), so that the figure does not depend on the latitude.
        shape.transform(6933)
        return shape.area / 1e6


def read_area(given: Mapping[str, Any]) -> Area:
    """From ``{"center": [lon, lat], "radius_m": n}``, ``{"circle": {lon, lat, radius_m}}``, ``{"polygon": [[lon, lat], …]}`` or
    a GeoJSON polygon under ``geometry``. Raises BadInput that says what is wrong with the drawing.
    """
    circle = given.get("circle")
    if isinstance(circle, Mapping):
        given = {"center": [circle.get("lon"), circle.get("lat")], "radius_m": circle.get("radius_m")}
    if given.get("radius_m") is not None:
        return _circle(given.get("center"), given["radius_m"])
    ring = given.get("polygon")
    geometry = given.get("geometry")
    if ring is None and isinstance(geometry, Mapping) and geometry.get("type") == "Polygon":
        rings = geometry.get("coordinates")
        if isinstance(rings, list) and len(rings) > 1:
            raise BadInput(_("范围里不能再挖洞"), field="geometry", mend=_("请画一个完整的范围"))
        ring = rings[0] if isinstance(rings, list) and rings else None
    if not isinstance(ring, list):
        raise BadInput(_("没有画出范围"), field="geometry", mend=_("请画一个圆，或依次点出多边形的各个角"))
    return _polygon(ring)


def _circle(center: Any, radius: Any) -> Area:
    lon, lat = read_position(center, "center")
    try:
        metres = float(radius)
    except (TypeError, ValueError):
        metres = math.nan
    if not 0 < metres <= MAX_RADIUS_M:
        raise BadInput(
            _("半径应在 1 米到 %(n)d 公里之间") % {"n": MAX_RADIUS_M // 1000},
            field="radius_m",
            mend=_("请把圆画小一些，或填一个正数"),
        )
    point = Point(lon, lat, srid=4326)
    box = Polygon.from_bbox(box_around(lon, lat, metres))
    box.srid = 4326
    return Area(box, point, metres)


def _polygon(ring: Sequence[Any]) -> Area:
    if len(ring) > MAX_CORNERS + 1:
        raise BadInput(
            _("范围有 %(now)d 个角，最多 %(n)d 个") % {"now": len(ring), "n": MAX_CORNERS},
            field="geometry",
            mend=_("请把边线画得简单些"),
        )
    corners = [read_position(corner, "geometry") for corner in ring]
    if corners and corners[0] != corners[-1]:
        corners.append(corners[0])
    if len(set(corners)) < 3:
        raise BadInput(_("至少要三个不同的角才成为范围"), field="geometry", mend=_("请再点出几个角"))
    try:
        shape = Polygon(corners, srid=4326)
    except (GEOSException, ValueError):
        raise BadInput(_("这个范围画不成"), field="geometry", mend=_("请重新画一次")) from None
    if not shape.valid:
        raise BadInput(
            _("范围的边线自己交叉了"),
            field="geometry",
            mend=_("请沿一个方向依次点出各个角，不要画成“8”字"),
            reason=shape.valid_reason,
        )
    return Area(shape)


def read_position(given: Any, field: str) -> tuple[float, float]:
    """Longitude and latitude (WGS84, degrees) of ``[lon, lat]``. Raises BadInput."""
    try:
        # The letters of a text are no numbers, though they may be digits.
        lon, lat = (float(v) for v in given[:2] if not isinstance(given, str))
    except (TypeError, ValueError, KeyError):
        lon = lat = math.nan
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadInput(
            _("经纬度写错了：%(value)s") % {"value": str(given)[:60]},
            field=field,
            mend=_("经度 −180 到 180，纬度 −90 到 90"),
        )
    return lon, lat


def inside(layer: Layer, rows: QuerySet[Any], area: Area) -> QuerySet[Any]:
    """The rows of a layer that touch the area."""
    place = layer.geometry
    if area.centre is None:
        return rows.filter(**{f"{place}__intersects": area.outline})
    near = rows.filter(**{f"{place}__bboverlaps": area.outline})
    if layer.kind in ("area", "line"):
        return near.filter(**{f"{place}__intersects": area.shape})
    return near.filter(**{f"{place}__distance_lte": (area.centre, D(m=area.radius_m))})


def _rounded(area: Area) -> Polygon:
    """The circle as a polygon of 72 corners, for things that have an extent themselves."""
    assert area.centre is not None
    lon, lat, turn = math.radians(area.centre.x), math.radians(area.centre.y), area.radius_m / EARTH_RADIUS_M
    corners = []
    for step in range(72):
        bearing = 2 * math.pi * step / 72
        up = math.asin(math.sin(lat) * math.cos(turn) + math.cos(lat) * math.sin(turn) * math.cos(bearing))
        east = math.atan2(
            math.sin(bearing) * math.sin(turn) * math.cos(lat), math.cos(turn) - math.sin(lat) * math.sin(up)
        )
        corners.append((math.degrees(lon + east), math.degrees(up)))
    return Polygon([*corners, corners[0]], srid=4326)


#: What may be done with a drawn area: ``offer(ctx, area)`` gives (label, address) or None where the person may not.
_OFFERS: list[Callable[[Context, Area], tuple[str, str] | None]] = []


def add_area_offer(offer: Callable[[Context, Area], tuple[str, str] | None]) -> None:
    """A room offers something to do with a drawn area, as a link below its totals."""
    if offer not in _OFFERS:
        _OFFERS.append(offer)


def offers(ctx: Context, area: Area) -> list[dict[str, str]]:
    """``[{"label", "url"}]`` of what this person may do with the area."""
    made = [found for offer in _OFFERS if (found := offer(ctx, area))]
    return [{"label": label, "url": url} for label, url in made]


def written(area: Area) -> str:
    """The area as it stands in an address: ``lon,lat,metres`` or ``lon,lat;lon,lat;…``; `area_of` reads it back."""
    if area.centre is not None:
        return f"{area.centre.x:.6f},{area.centre.y:.6f},{area.radius_m:g}"
    ring: Any = area.outline.coords[0]
    return ";".join(f"{x:.6f},{y:.6f}" for x, y in ring[:-1])


def area_of(text: str) -> dict[str, Any] | None:
    """What `read_area` reads, from an address; None when there is none. Raises BadInput for what is no area."""
    text = text.strip()
    if not text:
        return None
    if text.count(";") > MAX_CORNERS:
        raise BadInput(
            _("范围有 %(now)d 个角，最多 %(n)d 个") % {"now": text.count(";") + 1, "n": MAX_CORNERS},
            field="area",
            mend=_("请把边线画得简单些"),
        )
    parts = [corner.split(",") for corner in text.split(";") if corner.strip()]
    if len(parts) == 1 and len(parts[0]) == 3:
        return {"circle": {"lon": parts[0][0], "lat": parts[0][1], "radius_m": parts[0][2]}}
    return {"polygon": parts}


def within(ctx: Context, area: Area, *, only: Sequence[str] = (), most: int = MAX_ITEMS) -> dict[str, Any]:
    """Totals and lists of everything inside that `ctx` may see, layer by layer. `only` narrows it to some layers."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Each layer takes milliseconds: to start another process for half of it costs more, above all while others ask too.
            cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        return _within(ctx, area, only, most)


def _within(ctx: Context, area: Area, only: Sequence[str], most: int) -> dict[str, Any]:
    groups: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    for layer in layers_for(ctx):
        if only and layer.key not in only:
            continue
        near = area.centre is not None and layer.kind in ("point", "measured")
        found = (
            _near(layer, layer.rows(ctx, {}), area, most) if near else _touching(layer, layer.rows(ctx, {}), area, most)
        )
        if not found.count:
            continue
        totals += [
            {"label": f"{layer.title} · {t.label}", "value": value, "unit": str(t.unit)}
            for t, value in zip(layer.totals, found.sums, strict=True)
        ]
        if layer.contents is not None:
            held = layer.contents(ctx, inside(layer, layer.rows(ctx, {}), area).order_by())
            totals += [
                {"label": f"{layer.title} · {label}", "value": value, "unit": unit} for label, value, unit in held
            ]
        groups.append({
            "id": layer.key, "title": str(layer.title), "total": found.count,
            "items": [_item(layer, row, away) for row, away in found.listed],
        })  # fmt: skip
    return {"area_km2": round(area.km2, 4), "totals": totals, "groups": groups, "actions": offers(ctx, area)}


@dataclass(frozen=True)
class _Found:
    """What of one layer lies inside: how many, their totals, and the rows of the list with their distance (m) from a centre."""

    count: int
    sums: list[Any]
    listed: Sequence[tuple[Any, float | None]]


def _near(layer: Layer, rows: QuerySet[Any], area: Area, most: int) -> _Found:
    """Points within a radius, the nearest first. The distance of each is reckoned once, for count, totals and order together."""
    given = {
        f"_t{i}": F(t.expression) if isinstance(t.expression, str) else t.expression for i, t in enumerate(layer.totals)
    }
    boxed = rows.order_by().filter(**{f"{layer.geometry}__bboverlaps": area.outline})
    inner, params = boxed.values(
        _id=F("pk"), _away=Distance(layer.geometry, area.centre), **given
    ).query.sql_with_params()
    sums = "".join(f', sum(n."{name}")' for name in given)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH n AS MATERIALIZED ({inner}) SELECT c.*, f.* FROM (SELECT count(*){sums} FROM n WHERE n."_away" <= %s) c,
            (SELECT array_agg(t."_id" ORDER BY t."_away", t."_id"), array_agg(t."_away" ORDER BY t."_away", t."_id") FROM
            (SELECT "_id", "_away" FROM n WHERE "_away" <= %s ORDER BY "_away", "_id" LIMIT %s) t) f""",
            [*params, area.radius_m, area.radius_m, most],
        )
        count, *told, ids, aways = cursor.fetchone()
    if not count:
        return _Found(0, told, [])
    known = rows.order_by().in_bulk(ids)
    return _Found(count, told, [(known[pk], away) for pk, away in zip(ids, aways, strict=True) if pk in known])


def _touching(layer: Layer, rows: QuerySet[Any], area: Area, most: int) -> _Found:
    """Whatever touches a drawn shape, or a circle when it has an extent itself, in the order of the layer."""
    found = inside(layer, rows, area)
    given = {f"t{i}": Sum(t.expression) for i, t in enumerate(layer.totals)}
    counted = found.order_by().aggregate(n=Count("pk"), **given)
    listed = [(row, None) for row in found[:most]] if counted["n"] else []
    return _Found(counted["n"], [counted[name] for name in given], listed)


def _item(layer: Layer, row: Any, away: float | None) -> dict[str, Any]:
    shape = getattr(row, layer.geometry)
    middle = shape if isinstance(shape, Point) else shape.point_on_surface
    detail = [d for d in (layer.detail(row), _("%(m)d 米") % {"m": round(away)} if away is not None else "") if d]
    return {
        "id": str(row.pk), "label": layer.label(row), "detail": " · ".join(detail), "url": layer.link(row),
        "lon": round(middle.x, 6), "lat": round(middle.y, 6),
    }  # fmt: skip
