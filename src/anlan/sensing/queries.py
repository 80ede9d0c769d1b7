"""What other rooms may ask of sensing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from anlan.kernel.context import Context

from .models import Datastream, Latest, Observation, RejectedReading, Thing

Series = list[tuple[datetime, float | None]]

RAIN = "rain_mm"
#: A device counts as silent when its next reading is late by half an interval.
PATIENCE = 1.5
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
    return _with(ctx, names, newest)


def stations_at(ctx: Context, at: datetime, *properties: str) -> QuerySet[Thing]:
    """The same as they stood at an instant: the newest reading of the hour before; of states also an older one, up to a day."""
    names = properties or (RAIN,)
    back = timedelta(hours=1) if names == (RAIN,) else timedelta(days=1)
    then = Observation.objects.filter(
        datastream__thing=OuterRef("pk"), datastream__property__in=names, world_id=ctx.world,
        phenomenon_time__gt=at - back, phenomenon_time__lte=at,
    ).order_by("-phenomenon_time")  # fmt: skip
    return _with(ctx, names, then)


def _with(ctx: Context, names: Sequence[str], readings: QuerySet[Any]) -> QuerySet[Thing]:
    measured = Datastream.objects.filter(thing=OuterRef("pk"), property__in=names)
    return (
        stations(ctx)
        .filter(Exists(measured))
        .annotate(
            value=Subquery(readings.values("result")[:1]),
            value_at=Subquery(readings.values("phenomenon_time")[:1]),
            value_unit=Subquery(readings.values("datastream__unit")[:1]),
        )
    )


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
    rows = Observation.objects.filter(
        datastream__in=[s.pk for s in streams], world_id=ctx.world, phenomenon_time__gt=since,
        **({"phenomenon_time__lte": until} if until else {}),
    ).order_by("phenomenon_time")  # fmt: skip
    found: dict[int, Series] = defaultdict(list)
    for pk, at, value in rows.values_list("datastream_id", "phenomenon_time", "result"):
        found[pk].append((at, value))
    return found


def latest_time(ctx: Context, streams: Sequence[Datastream]) -> datetime | None:
    """The newest phenomenon time among the streams."""
    rows = Latest.objects.filter(datastream__in=[s.pk for s in streams], world_id=ctx.world)
    return rows.order_by("-phenomenon_time").values_list("phenomenon_time", flat=True).first()


def newest_readings(ctx: Context, streams: Sequence[Datastream]) -> dict[int, tuple[datetime, float | None]]:
    """The newest reading of each datastream in ctx's world, by datastream: when, and what."""
    rows = Latest.objects.filter(datastream__in=[s.pk for s in streams], world_id=ctx.world)
    return {pk: (at, value) for pk, at, value in rows.values_list("datastream_id", "phenomenon_time", "result")}


def silent_devices(ctx: Context) -> list[Silent]:
    """Datastreams whose expected interval has passed without a reading, the longest silence first."""
    now = ctx.now()
    streams = datastreams(ctx)
    last = dict(
        Latest.objects.filter(world_id=ctx.world, datastream__in=[s.pk for s in streams]).values_list(
            "datastream_id", "phenomenon_time"
        )
    )
    found = []
    for stream in streams:
        seen = last.get(stream.pk)
        if stream.interval_s > UNSCHEDULED_S:
            continue
        late = now - seen - timedelta(seconds=stream.interval_s * PATIENCE) if seen else None
        if late is None or late > timedelta(0):
            found.append(Silent(stream, seen, late))
    return sorted(found, key=lambda s: (s.overdue is not None, -(s.overdue or timedelta(0)), s.stream.thing_id))


def rejected(ctx: Context, limit: int = 50) -> list[RejectedReading]:
    """The latest readings that were refused."""
    return list(RejectedReading.objects.visible_to(ctx).order_by("-at")[:limit])


def corrections_of(ctx: Context, streams: Sequence[Datastream], *, since: datetime) -> list[dict[str, Any]]:
    """Corrections of the streams' readings since an instant, newest first."""
    from .models import Correction

    rows = Correction.objects.filter(
        datastream__in=[s.pk for s in streams], world_id=ctx.world, phenomenon_time__gte=since
    ).annotate(station=F("datastream__thing_id"))
    shown = rows.order_by("-at").values("station", "phenomenon_time", "before", "after", "at", "by")[:100]
    return [{**row} for row in shown]
