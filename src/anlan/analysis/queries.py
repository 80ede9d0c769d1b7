"""What other rooms may ask of analysis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Case, Count, Q, QuerySet, When

from anlan.kernel.context import Context
from anlan.places.models import Region
from anlan.sensing import queries as sensing
from anlan.sensing import store
from anlan.sensing.models import Datastream, Thing

from .models import RegionFigures, Signal, SignalEvent
from .numerics.rain import WINDOWS_H, WindowSum

HOUR_S = 3600
HOUR_US = HOUR_S * 1_000_000


def open_signals(ctx: Context) -> QuerySet[Signal]:
    """Visible signals that stand now: the most severe first, of those the ones that wait for somebody, then the newest."""
    rows = Signal.objects.visible_to(ctx).open().select_related("station", "event")
    return rows.order_by("-rank", "-state", "-at", "place_key")


def open_events(ctx: Context) -> QuerySet[SignalEvent]:
    """Visible events that stand now: the most severe first, of those the ones that somebody owes an answer to, then the newest."""
    rows = SignalEvent.objects.visible_to(ctx).filter(closed_at__isnull=True)
    waits = Q(signals__closed_at__isnull=True, signals__state="raised")
    owed = Case(When(clocked__isnull=False, then=1), default=0)
    return rows.annotate(waiting=Count("signals", filter=waits), owed=owed).order_by(
        "-rank", "-owed", "-waiting", "-opened_at", "pk"
    )


def ended_events(ctx: Context) -> QuerySet[SignalEvent]:
    """Visible events that are over, the latest first."""
    return SignalEvent.objects.visible_to(ctx).filter(closed_at__isnull=False).order_by("-closed_at", "pk")


def figures(
    ctx: Context, region: Region, at: datetime | None = None, *, holding: str = "rain_24h_mm"
) -> RegionFigures | None:
    """The region's figures at `at` or the last before it (now when None) that hold one figure; None when nothing is known.

    Rain and depths are put together at their own times: ``waterlog_depth_cm`` finds the latest depths.
    """
    rows = RegionFigures.objects.visible_to(ctx).filter(region=region, figures__has_key=holding)
    if at is not None:
        rows = rows.filter(at__lte=at)
    return rows.order_by("-at").first()


def figures_between(ctx: Context, region: Region, since: datetime, until: datetime) -> list[RegionFigures]:
    """The region's figures over time, oldest first."""
    return list(RegionFigures.objects.visible_to(ctx).filter(region=region, at__gt=since, at__lte=until).order_by("at"))


def sums_at(ctx: Context, streams: Sequence[Datastream], at: datetime) -> dict[int, WindowSum]:
    """Sums over 1, 3, 6, 12 and 24 h up to `at`, arrays of shape (streams, 1); what is missing makes a lower bound.

    The streams must come from `sensing.datastreams(ctx)`: visibility is decided there.
    """
    return sums_of(ctx, [s.pk for s in streams], [s.interval_s for s in streams], at)


def sums_of(ctx: Context, pks: Sequence[int], intervals_s: Sequence[int], at: datetime) -> dict[int, WindowSum]:
    """The same for datastreams by number, with the seconds between their expected readings."""
    own, expected_s = np.array(pks, dtype=np.int64), np.maximum(1.0, np.array(intervals_s, dtype=np.float64))
    end, longest = store.micros(at), max(WINDOWS_H)
    found = store.read_flat(ctx.world, pks, end - longest * HOUR_US, end)
    known = ~np.isnan(found.value)
    order = np.argsort(own)
    row = order[np.searchsorted(own, found.stream[known], sorter=order)]
    value, age = found.value[known], end - found.time_us[known]
    sums = {}
    for w in WINDOWS_H:
        inside = age < w * HOUR_US
        total = np.bincount(row[inside], weights=value[inside], minlength=len(own))
        count = np.bincount(row[inside], minlength=len(own))
        obtained = np.minimum(1.0, count * np.minimum(expected_s, w * HOUR_S) / (w * HOUR_S))
        whole, share = np.round(total, 9).astype(np.float64), np.round(obtained, 9).astype(np.float64)
        sums[w] = WindowSum(w, whole[:, None], share[:, None])
    return sums


def station_sums(ctx: Context, streams: Sequence[Datastream], at: datetime | None = None) -> dict[str, dict[int, Any]]:
    """By station code, the rain over 1, 3, 6, 12 and 24 h up to `at` (default: the newest reading).

    ``{window_h: {"total": mm or None, "obtained": 0..1, "complete": bool}}``; an incomplete total is a lower bound.
    """
    at = at or sensing.latest_time(ctx, streams)
    if at is None or not streams:
        return {}
    sums = sums_at(ctx, streams, at)
    return {
        stream.thing_id: {
            w: {
                "total": round(float(sums[w].total[i, 0]), 1) if sums[w].obtained[i, 0] > 0 else None,
                "obtained": float(sums[w].obtained[i, 0]),
                "complete": bool(sums[w].obtained[i, 0] >= 1),
            }
            for w in WINDOWS_H
        }
        for i, stream in enumerate(streams)
    }


def ended_signals(ctx: Context) -> QuerySet[Signal]:
    """Visible signals that were cleared or judged false, the latest first."""
    rows = Signal.objects.visible_to(ctx).filter(closed_at__isnull=False)
    return rows.select_related("station", "event").order_by("-closed_at", "place_key")


def signals_of(ctx: Context, thing: Thing) -> QuerySet[Signal]:
    """Signals of one station, the latest first."""
    rows = Signal.objects.visible_to(ctx).filter(station=thing)
    return rows.select_related("station").order_by("-opened_at")
