"""What other rooms may ask of sensing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf
from numpy.typing import NDArray

from anlan.kernel.context import Context

from . import store
from .feeding import bounds_of
from .models import Correction, Datastream, Latest, RejectedReading, Retention, Thing
from .retention import raw_days

Series = list[tuple[datetime, float | None]]

RAIN = "rain_mm"
#: A device counts as silent when its next reading is late by half an interval.
PATIENCE = 1.5
#: Beyond so many datastreams it is quicker to read all of a property than to name each.
FEW = 1000
#: Nobody waits for a reading that is expected less often than once a week: it comes when somebody reports it.
UNSCHEDULED_S = 7 * 86400


@dataclass(frozen=True, slots=True)
class Silent:
    """A datastream whose expected reading has not come. `last` None: never in this world."""

    stream: Datastream
    last: datetime | None
    overdue: timedelta | None


def stations(ctx: Context) -> QuerySet[Thing]:
    """Visible stations that are in use."""
    return Thing.objects.visible_to(ctx).filter(retired=False)


def station(ctx: Context, code: str) -> Thing:
    """Raises NotFound."""
    found: Thing = Thing.objects.get_visible(ctx, pk=code)
    return found


def stations_with_latest(ctx: Context, *properties: str) -> QuerySet[Thing]:
    """Visible stations that measure one of `properties` (default: hourly rain): ``value``, ``value_at``, ``value_unit`` of
    their newest reading in this world."""
    names = properties or (RAIN,)
    newest = Latest.objects.filter(
        datastream__thing=OuterRef("pk"), datastream__property__in=names, world_id=ctx.world
    ).order_by("-phenomenon_time")
    rows = _measuring(ctx, names).annotate(
        value=Subquery(newest.values("result")[:1]),
        value_at=Subquery(newest.values("phenomenon_time")[:1]),
        value_unit=Subquery(newest.values("datastream__unit")[:1]),
    )
    over = _ahead_of_rows(ctx, names)
    if not over:
        return rows
    said = laid_over(over)
    return rows.annotate(  # type: ignore[no-redef]  # the same columns, laid over
        value=or_nothing(Coalesce(said["value"], F("value"))),
        value_unit=Coalesce(said["unit"], F("value_unit"), output_field=TextField()),
        value_at=Coalesce(said["at"], F("value_at")),
    )


def _ahead_of_rows(ctx: Context, names: Sequence[str]) -> dict[str, tuple[int, float, str]]:
    """By station the newest reading (time µs, value, unit) where the journal holds one that is newer than what the rows say."""
    # Several layers of one answer ask; the journal is read once for all of them.
    fresh = ctx.once(("sensing.unwritten", ctx.world), lambda: store.unwritten(ctx.world))
    over: dict[str, tuple[int, float, str]] = {}
    streams = Datastream.objects.filter(property__in=names)
    if len(fresh) < FEW:
        streams = streams.filter(pk__in=list(fresh))
    for pk, code, unit in streams.values_list("pk", "thing_id", "unit"):
        if pk in fresh:
            found = (*fresh[pk], unit)
            over[code] = max(over.get(code, found), found)
    if len(names) > 1 and over:
        # A station may also have a row of another of the properties that is newer than what the journal holds.
        written = Latest.objects.filter(
            datastream__thing__in=list(over), datastream__property__in=names, world_id=ctx.world
        )
        for code, at in written.values_list("datastream__thing_id").annotate(at=Max("phenomenon_time")):
            if store.micros(at) > over[code][0]:
                del over[code]
    return over


def stations_at(ctx: Context, at: datetime, *properties: str) -> QuerySet[Thing]:
    """The same as they stood at an instant: the newest reading of the hour before; of states also an older one, up to a day."""
    names = properties or (RAIN,)
    back = timedelta(hours=1) if names == (RAIN,) else timedelta(days=1)
    streams = {s.pk: s for s in Datastream.objects.filter(property__in=names)}
    over: dict[str, tuple[int, float, str]] = {}
    for pk, when, value in _newest_within(ctx, names, store.micros(at - back), store.micros(at)):
        stream = streams.get(pk)
        if stream is not None:
            found = (when, value, stream.unit)
            over[stream.thing_id] = max(over.get(stream.thing_id, found), found, key=lambda f: f[0])
    said = laid_over(over)
    return _measuring(ctx, names).annotate(
        value=or_nothing(said["value"]), value_at=said["at"], value_unit=said["unit"]
    )


def _newest_within(ctx: Context, names: Sequence[str], low: int, high: int) -> list[tuple[int, int, float]]:
    """The newest reading of each datastream with ``low < time <= high``. Of whole hours by frames, else by single readings."""
    found: list[tuple[int, int, float]] = []
    for name in names:
        cells = store.frames(ctx.world, name, store.moment(low), store.moment(high + store.HOUR_US - 1))
        order = np.lexsort((cells.hour_us, cells.stream))
        cells = cells.where(order)
        inside = (cells.last_us > low) & (cells.last_us <= high)
        newest = cells.where(inside)
        last = np.append(np.diff(newest.stream) != 0, True) if len(newest) else np.empty(0, bool)
        newest = newest.where(last)
        found += zip(newest.stream.tolist(), newest.last_us.tolist(), newest.last.tolist(), strict=True)
        # An hour that goes on beyond the instant hides what was read in it before.
        hidden = np.unique(cells.stream[cells.last_us > high])
        if len(hidden):
            singles = store.read(ctx.world, hidden.tolist(), low, high)
            found += [(pk, int(c.time_us[-1]), float(c.value[-1])) for pk, c in singles.items()]
    return found


def _measuring(ctx: Context, names: Sequence[str]) -> QuerySet[Thing]:
    return stations(ctx).filter(Exists(Datastream.objects.filter(thing=OuterRef("pk"), property__in=names)))


def laid_over(over: Mapping[str, tuple[int, float, str]]) -> dict[str, Any]:
    """Columns (``value``, NaN for a reading without one; ``at``, ``unit``) out of values by station that are in no row.

    One JSON object a column, looked into by the code. NULL where `over` says nothing.
    """
    values = {code: "NaN" if math.isnan(value) else value for code, (_at, value, _unit) in over.items()}
    times = {code: at for code, (at, _value, _unit) in over.items()}
    units = {code: unit for code, (_at, _value, unit) in over.items()}
    return {
        "value": Cast(_looked(values), FloatField()), "at": _MomentOf(_looked(times)), "unit": _looked(units),
    }  # fmt: skip


class _MomentOf(Func):
    """The moment of a number of microseconds: thousands of numbers are written and read sooner than as many times."""

    template = "(timestamptz 'epoch' + (%(expressions)s)::bigint * interval '1 microsecond')"
    output_field = DateTimeField()


def or_nothing(column: Any) -> NullIf:
    """A column of `laid_over` with NULL for NaN."""
    return NullIf(column, Value(math.nan, FloatField()))


def _looked(by_code: Mapping[str, Any]) -> Func:
    """``json ->> code``: found by halving, so that thousands of stations cost no more than a few."""
    text = Value(msgspec.json.encode(by_code).decode())
    return Func(text, F("code"), template="(%(expressions)s)", arg_joiner="::jsonb ->> ", output_field=TextField())


def datastreams(ctx: Context, codes: Iterable[str] | None = None) -> list[Datastream]:
    """Datastreams of visible stations, each with its thing."""
    things = {t.pk: t for t in (stations(ctx) if codes is None else stations(ctx).filter(pk__in=list(codes)))}
    found = list(Datastream.objects.filter(thing__in=things).order_by("thing_id", "property"))
    for stream in found:
        stream.thing = things[stream.thing_id]
    return found


def series(
    ctx: Context, streams: Sequence[Datastream], *, since: datetime, until: datetime | None = None
) -> dict[int, Series]:
    """Readings after `since` up to `until` (both ends of periods), by datastream, oldest first, in ctx's world.

    The streams must come from `datastreams(ctx)`: visibility is decided there.
    """
    found: dict[int, Series] = {}
    own = {s.pk: s for s in streams}
    bound = None if until is None else store.micros(until)
    for pk, columns in store.read(ctx.world, list(own), store.micros(since), bound).items():
        found[pk] = _pairs(columns.time_us, columns.value)
    for pk, hours in thinned_hours(ctx, streams, since=since, until=until).items():
        value = hours.total if own[pk].period_s else hours.mean
        known = {at for at, _value in found.get(pk, ())}
        extra = [p for p in _pairs(hours.hour_us, np.where(hours.known > 0, value, np.nan)) if p[0] not in known]
        found[pk] = sorted([*extra, *found.get(pk, ())], key=lambda pair: pair[0])
    return found


def _pairs(time_us: NDArray[np.int64], value: NDArray[np.float64]) -> Series:
    return [(store.moment(at), None if v != v else v) for at, v in zip(time_us.tolist(), value.tolist(), strict=True)]


def newest_readings(ctx: Context, streams: Sequence[Datastream]) -> dict[int, tuple[datetime, float | None]]:
    """The newest reading of each datastream in ctx's world, by datastream: when, and what."""
    own = {s.pk for s in streams}
    rows = Latest.objects.filter(datastream__in=own, world_id=ctx.world)
    found = {pk: (at, value) for pk, at, value in rows.values_list("datastream_id", "phenomenon_time", "result")}
    for pk, (at, value) in store.unwritten(ctx.world).items():
        if pk in own:
            found[pk] = (store.moment(at), None if math.isnan(value) else value)
    return found


def latest_time(ctx: Context, streams: Sequence[Datastream]) -> datetime | None:
    """The newest phenomenon time among the streams."""
    return max((at for at, _value in newest_readings(ctx, streams).values()), default=None)


def hourly(
    ctx: Context, property: str, since: datetime, until: datetime
) -> dict[datetime, list[tuple[str, float | None, float | None, float | None, int]]]:
    """Hour by hour what the visible stations measured of a property: ``(station, value, least, most, readings)``.

    An hour is named by its end, ``since < hour <= until``. The value is the sum of amounts (rain), the mean of states; None when
    nothing of the hour is known. `readings` counts those that arrived with a value.
    """
    streams = Datastream.objects.filter(property=property, thing__in=stations(ctx).values("pk"))
    own = {pk: (code, period) for pk, code, period in streams.values_list("pk", "thing_id", "period_s")}
    adds_up = any(period for _code, period in own.values())
    cells = store.frames(ctx.world, property, since, until)
    cells = cells.where(np.isin(cells.stream, np.fromiter(own, np.int64)))
    value = cells.total if adds_up else cells.mean
    found: dict[datetime, list[tuple[str, float | None, float | None, float | None, int]]] = {}
    hour: int | None = None
    rows: list[tuple[str, float | None, float | None, float | None, int]] = []
    for at, pk, n, v, least, most in zip(
        cells.hour_us.tolist(), cells.stream.tolist(), cells.known.tolist(), value.tolist(), cells.least.tolist(),
        cells.most.tolist(), strict=True,
    ):  # fmt: skip
        if at != hour:
            hour, rows = at, []
            found[store.moment(at)] = rows
        code = own[pk][0]
        rows.append((code, v, least, most, n) if n else (code, None, None, None, 0))
    return found


def year(ctx: Context, stream: Datastream, until: datetime | None = None) -> store.Cells:
    """The hours of a datastream over the 366 days up to `until` (default: now), from single readings and from kept hours.

    The stream must come from `datastreams(ctx)`.
    """
    end = until or ctx.now()
    return store.hours_of(ctx.world, stream.pk, end - timedelta(days=366), end)


def thinned_hours(
    ctx: Context, streams: Sequence[Datastream], *, since: datetime, until: datetime | None = None
) -> dict[int, store.Cells]:
    """What is kept by the hour of a stretch whose single readings were thinned out, by datastream."""
    thinned = bounds_of(ctx)().thinned
    old = [s.pk for s in streams if s.property in thinned and thinned[s.property] > since]
    return store.kept_hours(ctx.world, old, since, until or ctx.now()) if old else {}


def obtained(ctx: Context, streams: Sequence[Datastream], since: datetime, until: datetime) -> dict[int, float]:
    """Share (0 to 1) of the readings that should be there in ``since < time <= until``, by datastream that has a schedule.

    Expected is one for every `interval_s` that ends in the stretch; one known to be missing did not come.
    """
    scheduled = [s for s in streams if 0 < s.interval_s <= UNSCHEDULED_S]
    low, high = store.micros(since), store.micros(until)
    came = store.read(ctx.world, [s.pk for s in scheduled], low, high)
    found = {}
    for stream in scheduled:
        step = stream.interval_s * 1_000_000
        expected = high // step - low // step
        own = came.get(stream.pk)
        if expected > 0:
            steps = 0 if own is None else len(np.unique(-(-own.time_us[~np.isnan(own.value)] // step)))
            found[stream.pk] = min(1.0, steps / expected)
    return found


def silent_devices(ctx: Context) -> list[Silent]:
    """Datastreams whose expected interval has passed without a reading, the longest silence first.

    The database finds them by the rows of newest readings; what the journal holds beyond those is looked up for them alone.
    """
    now = ctx.now()
    newest = Latest.objects.filter(datastream=OuterRef("pk"), world_id=ctx.world).values("phenomenon_time")
    patience = ExpressionWrapper(F("interval_s") * Value(timedelta(seconds=PATIENCE)), output_field=DurationField())
    streams = Datastream.objects.filter(thing__in=stations(ctx).values("pk"), interval_s__lte=UNSCHEDULED_S)
    late = streams.annotate(last=Subquery(newest)).filter(Q(last__isnull=True) | Q(last__lt=Value(now) - patience))
    fresh = store.unwritten(ctx.world)
    found = []
    for stream in late.select_related("thing"):
        seen: datetime | None = store.moment(fresh[stream.pk][0]) if stream.pk in fresh else stream.last  # type: ignore[attr-defined]
        overdue = now - seen - timedelta(seconds=stream.interval_s * PATIENCE) if seen else None
        if overdue is None or overdue > timedelta(0):
            found.append(Silent(stream, seen, overdue))
    return sorted(found, key=lambda s: (s.overdue is not None, -(s.overdue or timedelta(0)), s.stream.thing_id))


def retention(ctx: Context) -> list[dict[str, Any]]:
    """For how long single readings are held, of each property that some visible station measures; `raw_days` None: for ever."""
    names = sorted({s.property for s in datastreams(ctx)})
    rows = {row.pk: row for row in Retention.objects.filter(pk__in=names)}
    return [
        {
            "property": name, "raw_days": raw_days(name), "chosen": name in rows and rows[name].chosen,
            "reason": rows[name].reason if name in rows else "",
            "thinned_before": rows[name].thinned_before if name in rows else None,
        }
        for name in names
    ]  # fmt: skip


def rejected(ctx: Context, limit: int = 50) -> list[RejectedReading]:
    """The latest readings that were refused."""
    return list(RejectedReading.objects.visible_to(ctx).order_by("-at")[:limit])


def corrections_of(ctx: Context, streams: Sequence[Datastream], *, since: datetime) -> list[dict[str, Any]]:
    """Corrections of the streams' readings since an instant, newest first."""
    rows = Correction.objects.filter(
        datastream__in=[s.pk for s in streams], world_id=ctx.world, phenomenon_time__gte=since
    ).annotate(station=F("datastream__thing_id"))
    shown = rows.order_by("-at").values("station", "phenomenon_time", "before", "after", "at", "by")[:100]
    return [{**row} for row in shown]
