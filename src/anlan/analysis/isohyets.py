"""Isohyets of one instant: what the gauges around a person's county had measured then, and the field between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from anlan.kernel.context import Context
from anlan.kernel.scope_names import scope_names
from anlan.places.models import Region
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

from .data.rain_bands import shipped_rain_bands
from .numerics.isolines import LEAST_GAUGES, TooFewGauges, as_feature, bands, interpolate, isolines
from .queries import sums_at

RAIN = "rain_mm"
#: Gauges so far outside still shape the field at its edge; degrees of latitude, about 30 km.
REACH_DEG = 0.27
#: More gauges than this around one county are more than a map of it can show.
MOST_GAUGES = 2000
#: Stations that are named when their data is missing; the rest is counted.
NAMED = 6


@dataclass(frozen=True, slots=True)
class GaugeSum:
    """What one gauge had measured over the window; `total` None: nothing at all, `complete` False: a lower bound."""

    stream: Datastream
    total: float | None
    complete: bool

    @property
    def words(self) -> str:
        if self.total is None:
            return _("缺测")
        return f"{self.total:g}" if self.complete else f"≥{self.total:g}"


def isohyet_frame(ctx: Context, at: datetime | None, choice: str) -> dict[str, Any]:
    """One frame of the map's player, as ``kernel.layers.Frames`` describes it; `choice` is the window in hours.

    Only gauges whose whole window was obtained shape the field: a sum with a missing hour is a lower bound and would draw
    a hole where none is. Fewer than three are refused, with the words that say so.
    """
    window = int(choice)
    bounds = shipped_rain_bands()[window].bounds
    answer: dict[str, Any] = {"unit": "mm", "bounds": list(bounds), "window_h": window}
    area = _area_of(ctx)
    if area is None:
        return answer | _empty(None, _("没有本地的界线，画不出等雨量面；请在基础库补上行政区界线"))
    streams = _gauges_around(ctx, area)
    moment, sums = _sums(ctx, streams, at, window)
    if moment is None:
        return answer | _empty(None, _("还没有雨量读数；测站来数后这里会画出等雨量面"))
    known = [s for s in sums if s.complete]
    answer |= {"at": moment.isoformat(), "points": _points(sums), "lacking": _lacking(sums)}
    try:
        field = interpolate(_places(known), np.array([s.total for s in known]), area)
    except TooFewGauges as few:
        refused = _("%(time)s 只有 %(n)d 处测站的 %(window)d 小时雨量是完整的，不足 %(least)d 处，不作插值")
        said = {"time": _clock(moment), "n": few.known, "window": window, "least": LEAST_GAUGES}
        return answer | {
            "refused": refused % said,
            "note": refused % said,
            "areas": _collection(),
            "lines": _collection(),
        }
    note = _("截至 %(time)s 的 %(window)d 小时雨量，由 %(n)d 个站插值（反距离权重），站间为推算")
    return answer | {
        "note": note % {"time": _clock(moment), "window": window, "n": len(known)},
        "areas": _collection(as_feature(b.shape, value=b.low, to=b.high) for b in bands(field, bounds)),
        "lines": _collection(as_feature(line.shape, value=line.value) for line in isolines(field, bounds[1:])),
    }


def _area_of(ctx: Context) -> BaseGeometry | None:
    """The county of the person's land, or the land itself where it is larger or the county has no outline."""
    home = scope_names().home(ctx)
    if not home:
        return None
    county = f"{home[:6]}000000"
    rows = Region.objects.filter(code__in={home, county}, outline__isnull=False).in_bulk()
    found = rows.get(county) or rows.get(home)
    if found is None or found.outline is None:
        return None
    return shapely.make_valid(shapely.from_wkb(bytes(found.outline.wkb)))


def _gauges_around(ctx: Context, area: BaseGeometry) -> list[Datastream]:
    west, south, east, north = area.bounds
    wide = REACH_DEG / max(np.cos(np.radians((south + north) / 2)), 0.1)
    box = Polygon.from_bbox((west - wide, south - REACH_DEG, east + wide, north + REACH_DEG))
    box.srid = 4326
    near = sensing.stations(ctx).filter(position__bboverlaps=box, datastreams__property=RAIN)
    return [s for s in sensing.datastreams(ctx, near.values_list("pk", flat=True)[:MOST_GAUGES]) if s.property == RAIN]


def _sums(
    ctx: Context, streams: list[Datastream], at: datetime | None, window: int
) -> tuple[datetime | None, list[GaugeSum]]:
    """The sums at the whole hour of `at`; without `at` those of the newest hour that enough gauges have sent."""
    newest = at or sensing.latest_time(ctx, streams)
    if newest is None:
        return None, []
    hour = newest.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    found = _sums_of(ctx, streams, hour, window)
    if at is None and sum(s.complete for s in found) < LEAST_GAUGES:
        before = _sums_of(ctx, streams, hour - timedelta(hours=1), window)
        if sum(s.complete for s in before) >= LEAST_GAUGES:
            return hour - timedelta(hours=1), before
    return hour, found


def _sums_of(ctx: Context, streams: list[Datastream], hour: datetime, window: int) -> list[GaugeSum]:
    sums = sums_at(ctx, streams, hour)[window]
    found = []
    for stream, total, obtained in zip(streams, sums.total[:, -1], sums.obtained[:, -1], strict=True):
        found.append(GaugeSum(stream, round(float(total), 1) if obtained > 0 else None, bool(obtained >= 1)))
    return found


def _places(sums: list[GaugeSum]) -> Any:
    return np.array([_place(s) for s in sums]).reshape(-1, 2)


def _place(gauge: GaugeSum) -> list[float]:
    """Longitude and latitude to five decimals, a metre; gauges without a position were not asked for."""
    position: Any = gauge.stream.thing.position
    return [round(position.x, 5), round(position.y, 5)]


def _points(sums: list[GaugeSum]) -> dict[str, Any]:
    return _collection(
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": _place(s)},
            "properties": {
                "id": s.stream.thing_id, "name": s.stream.thing.name, "words": s.words, "complete": s.complete,
                **({} if s.total is None else {"value": s.total}),
            },
        }
        for s in sums
    )  # fmt: skip


def _lacking(sums: list[GaugeSum]) -> list[str]:
    """Stations whose data is missing or not whole, by name; from so many on only how many more."""
    names = [s.stream.thing.name for s in sums if not s.complete]
    more = [_("另有 %(n)d 站") % {"n": len(names) - NAMED}] if len(names) > NAMED else []
    return names[:NAMED] + more


def _empty(at: datetime | None, refused: str) -> dict[str, Any]:
    return {
        "at": at.isoformat() if at else None, "note": refused, "refused": refused, "lacking": [],
        "areas": _collection(), "lines": _collection(), "points": _collection(),
    }  # fmt: skip


def _collection(features: Any = ()) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _clock(at: datetime) -> str:
    return f"{localtime(at):%m-%d %H:%M}"
