"""Rain of an hour at every gauge, whatever its step: on a map that colours by the hour nobody takes five minutes for one."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from django.db.models import Case, F, FloatField, Q, QuerySet, When

from anlan.kernel.context import Context

from . import queries, store
from .models import Datastream, Thing

HOUR_S = 3600
#: Gauges whose newest reading is so much older than the newest of all are summed one by one, the first so many of them.
RECENT_US, MOST_OLD = 2 * HOUR_S * 1_000_000, 100


def gauges_by_hour(ctx: Context, at: datetime | None = None) -> QuerySet[Thing]:
    """Visible rain gauges with ``value``: the mm of the hour up to ``value_at``, its newest reading (with `at`: of the hour before it).

    What an hourly gauge reads is that already. Of one that reads more often the readings are added; None when none has a value.
    """
    rows = queries.stations_at(ctx, at, queries.RAIN) if at else queries.stations_with_latest(ctx)
    often = {
        s.pk: s
        for s in Datastream.objects.filter(
            property=queries.RAIN, period_s__gt=0, period_s__lt=HOUR_S, thing__in=queries.stations(ctx).values("pk")
        )
    }
    if not often:
        return rows
    ends = {often[pk].thing_id: (end, value, often[pk].unit) for pk, (end, value) in _sums(ctx, often, at).items()}
    said = queries.laid_over(ends)
    summed = Q(code__in=list({s.thing_id for s in often.values()}))
    return rows.alias(hour_value=queries.or_nothing(said["value"])).annotate(  # type: ignore[no-redef]  # the same column, laid over
        value=Case(When(summed, then=F("hour_value")), default=F("value"), output_field=FloatField())
    )


def _sums(ctx: Context, often: dict[int, Datastream], at: datetime | None) -> dict[int, tuple[int, float]]:
    """By datastream the end of the hour and its sum (NaN: no value in it)."""
    if at is not None:
        end = store.micros(at)
        return {pk: (end, total) for pk, total in _between(ctx, {pk: end for pk in often}).items()}
    newest = queries.newest_readings(ctx, list(often.values()))
    ends = {pk: store.micros(when) for pk, (when, _value) in newest.items()}
    if not ends:
        return {}
    lately = max(ends.values()) - RECENT_US
    found = _between(ctx, {pk: end for pk, end in ends.items() if end >= lately})
    for pk in [pk for pk, end in ends.items() if end < lately][:MOST_OLD]:
        found |= _between(ctx, {pk: ends[pk]})
    return {pk: (ends[pk], total) for pk, total in found.items()}


def _between(ctx: Context, ends: dict[int, int]) -> dict[int, float]:
    """Sums over the hour before each end; NaN where nothing with a value was read in it."""
    if not ends:
        return {}
    hour = HOUR_S * 1_000_000
    flat = store.read_flat(ctx.world, list(ends), min(ends.values()) - hour, max(ends.values()))
    pks = np.array(sorted(ends), np.int64)
    stops = np.array([ends[pk] for pk in pks.tolist()], np.int64)
    row = np.searchsorted(pks, flat.stream)
    inside = ~np.isnan(flat.value) & (flat.time_us <= stops[row]) & (flat.time_us > stops[row] - hour)
    total = np.bincount(row[inside], weights=flat.value[inside], minlength=len(pks))
    count = np.bincount(row[inside], minlength=len(pks))
    return dict(zip(pks.tolist(), np.where(count > 0, np.round(total, 3), np.nan).tolist(), strict=True))
