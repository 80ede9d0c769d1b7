"""The rain of a region over its area, by nearest gauge, as facts for plans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.db.models import FloatField, Func, Max

from anlan.events.analysis import FiguresUpdated
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.places.models import Region
from anlan.places.queries import regions_under
from anlan.sensing import store
from anlan.sensing.models import Datastream, Latest

from ..book.in_force import maintained_at
from ..models import RegionFigures
from ..numerics.area import area_profile, nearest_shares
from ..numerics.rain import WINDOWS_H, WindowSum
from ..queries import sums_of

RAIN = "rain_mm"
#: A gauge farther from the region than this says nothing about its rain; degrees of latitude, about 60 km.
REACH_DEG = 0.55


@dataclass(frozen=True, slots=True)
class Gauges:
    """Rain gauges in use, as columns: datastream, station, seconds between expected readings, (lon, lat)."""

    pks: tuple[int, ...]
    codes: tuple[str, ...]
    intervals_s: tuple[int, ...]
    places: tuple[tuple[float, float], ...]

    def at(self, kept: Sequence[int]) -> Gauges:
        return Gauges(
            tuple(self.pks[i] for i in kept), tuple(self.codes[i] for i in kept),
            tuple(self.intervals_s[i] for i in kept), tuple(self.places[i] for i in kept),
        )  # fmt: skip


def update_figures(ctx: Context, *, stations: Collection[str]) -> list[RegionFigures]:
    """Recompute the rain of every county that one of `stations` speaks for, and announce what changed."""
    gauges, wanted = _gauges(ctx.now()), set(stations)
    changed = []
    for region in regions_under("", levels=["county"]).filter(outline__isnull=False):
        near, shares = _near(region, gauges)
        if wanted.isdisjoint(near.codes):
            continue
        figures = _figures(ctx, region, near, shares)
        if figures is not None:
            changed.append(figures)
    return changed


def _gauges(at: datetime) -> Gauges:
    """All of them but those that are worked on: what they read is no rain, and the nearest others speak for their part."""
    rows = Datastream.objects.filter(property=RAIN, thing__retired=False, thing__position__isnull=False).order_by("pk")
    rows = rows.exclude(thing__in=maintained_at(at))
    places = (Func("thing__position", function=name, output_field=FloatField()) for name in ("ST_X", "ST_Y"))
    found = list(rows.values_list("pk", "thing_id", "interval_s", *places))
    return Gauges(
        tuple(row[0] for row in found), tuple(row[1] for row in found), tuple(row[2] for row in found),
        tuple((row[3], row[4]) for row in found),
    )  # fmt: skip


def _near(region: Region, gauges: Gauges) -> tuple[Gauges, np.ndarray]:
    """Gauges that are the nearest somewhere in the region, with their shares of its area in percent."""
    shares = _shares(bytes(region.outline.wkb if region.outline is not None else b""), gauges.places)
    kept = [i for i, share in enumerate(shares) if share > 0]
    return gauges.at(kept), np.array([shares[i] for i in kept])


@lru_cache(maxsize=64)
def _shares(outline: bytes, places: tuple[tuple[float, float], ...]) -> tuple[float, ...]:
    """Percent of the area nearest to each place; 0 for all when none is within reach."""
    area = shapely.make_valid(shapely.from_wkb(outline))
    near = [i for i, place in enumerate(places) if area.distance(shapely.Point(place)) <= REACH_DEG]
    shares = [0.0] * len(places)
    if near:
        for i, share in zip(near, nearest_shares(np.array([places[i] for i in near]), area), strict=True):
            shares[i] = float(share)
    return tuple(shares)


def _figures(ctx: Context, region: Region, near: Gauges, shares: np.ndarray) -> RegionFigures | None:
    at = _newest(ctx, near)
    if at is None:
        return None
    sums = sums_of(ctx, near.pks, near.intervals_s, at)
    figures = {f"rain_{w}h_mm": _figure(sums[w], shares) for w in WINDOWS_H}
    longest = sums[max(WINDOWS_H)].obtained[:, 0]
    obtained = round(float((longest * shares).sum() / shares.sum()), 4)
    with transaction.atomic():
        row = RegionFigures.objects.in_world(ctx).select_for_update(of=("self",)).filter(region=region, at=at).first()
        if row is not None and row.figures | figures == row.figures:
            return None
        row = row or RegionFigures(
            region=region, at=at, scope=region.path, shared_with=[region.key], world_id=ctx.world, figures={}
        )
        row.figures, row.obtained = row.figures | figures, obtained
        row.save()
        event = FiguresUpdated(region=region.short_code, at=at.isoformat(), figures=figures, obtained=obtained)
        announce(ctx, event, scope=region.path, shared_with=[region.key])
    return row


def _newest(ctx: Context, near: Gauges) -> datetime | None:
    written = Latest.objects.filter(world_id=ctx.world, datastream__in=near.pks).aggregate(at=Max("phenomenon_time"))[
        "at"
    ]
    fresh, own = store.unwritten(ctx.world), set(near.pks)
    times = [store.moment(time_us) for pk, (time_us, _value) in fresh.items() if pk in own]
    return max([*times, *([written] if written else [])], default=None)


def _figure(sums: WindowSum, shares: np.ndarray) -> dict[str, Any]:
    """``{"max", "profile"}``: (value, percent of area) pairs, equal values together, highest first, unknown last.

    An incomplete sum stands as ``{"at_least", "share_pct"}``; `max` is the largest figure known, None when none is.
    """
    parts: dict[tuple[str, float | None], float] = {}
    for entry in area_profile(sums, shares, 0):
        kind = "at_least" if "at_least" in entry else "value"
        key = (kind, entry[kind])
        parts[key] = parts.get(key, 0.0) + entry["share_pct"]
    ordered = sorted(parts.items(), key=lambda p: (p[0][1] is None, -(p[0][1] or 0), p[0][0]))
    profile: list[Any] = [
        {"at_least": value, "share_pct": round(share, 3)} if kind == "at_least" else [value, round(share, 3)]
        for (kind, value), share in ordered
    ]
    known = [value for (_kind, value) in parts if value is not None]
    return {"max": max(known) if known else None, "profile": profile}
