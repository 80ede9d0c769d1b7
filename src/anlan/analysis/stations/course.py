"""The course of one datastream over a stretch of time: as it was read where that can be drawn, else by hours or days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np
from django.utils.timezone import localtime

from anlan.kernel.context import Context
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

#: Ranges that are offered, by their name in the address.
RANGES: dict[str, timedelta] = {
    "24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30), "1y": timedelta(days=366),
}  # fmt: skip
#: More points than this are one blur; hours or days are drawn then.
MOST_POINTS = 2500
#: Nobody waits for a reading that is expected less often than once a week.
UNSCHEDULED = timedelta(days=7)

Step = Literal["reading", "hour", "day"]
_STEPS: dict[Step, timedelta] = {"reading": timedelta(0), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Point:
    """A reading (or an hour, a day) that ends at `at`. `value` None: known to be missing, or nothing of it known.

    Of hours and days `value` is the sum of amounts or the mean of states, `least` and `most` the extremes, `n` readings known.
    """

    at: datetime
    value: float | None
    least: float | None = None
    most: float | None = None
    n: int = 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is shown of a datastream after `since` up to `until`, oldest first.

    `before`: readings of the longest window before `since`, for running sums only. `gaps`: where readings should be and are not.
    `obtained`: share (0 to 1) of what should have come, None without a schedule.
    """

    stream: Datastream
    since: datetime
    until: datetime
    step: Step
    points: list[Point]
    before: list[Point] = field(default_factory=list)
    gaps: list[tuple[datetime, datetime]] = field(default_factory=list)
    obtained: float | None = None

    @property
    def adds_up(self) -> bool:
        return self.stream.period_s > 0

    @property
    def expected(self) -> int | None:
        """Readings that should have come; None without a schedule."""
        if not is_scheduled(self.stream):
            return None
        step = self.stream.interval_s
        return int(self.until.timestamp() // step - self.since.timestamp() // step)

    @property
    def due_in_step(self) -> int:
        """Readings that belong to one point."""
        return max(1, round(_STEPS[self.step].total_seconds() / max(1, self.stream.interval_s)))

    @property
    def came(self) -> int | None:
        return None if self.expected is None or self.obtained is None else round(self.obtained * self.expected)


def is_scheduled(stream: Datastream) -> bool:
    return 0 < stream.interval_s <= UNSCHEDULED.total_seconds()


def stretch(
    ctx: Context, stream: Datastream, since: datetime, until: datetime, *, lead: timedelta = timedelta(0)
) -> Stretch:
    """The course after `since` up to `until`, with `lead` of readings before it for running sums."""
    step = step_for(stream, until - since)
    if step == "reading":
        rows = sensing.series(ctx, [stream], since=since - lead, until=until).get(stream.pk, [])
        points = [Point(at, value, n=0 if value is None else 1) for at, value in rows]
    else:
        points = _hours(ctx, stream, since - lead, until)
    before = [p for p in points if p.at <= since]
    points = [p for p in points if p.at > since]
    if step == "day":
        points, before = by_day(points, adds_up=stream.period_s > 0), []
    shown = min(until, ctx.now())
    usual = max(timedelta(seconds=stream.interval_s), _STEPS[step])
    gaps = gaps_in([p.at for p in points if p.value is not None], since, shown, usual) if is_scheduled(stream) else []
    obtained = sensing.obtained(ctx, [stream], since, shown).get(stream.pk)
    return Stretch(stream, since, shown, step, points, before, gaps, obtained)


def step_for(stream: Datastream, length: timedelta) -> Step:
    """The finest step at which so long a stretch can still be drawn."""
    every = timedelta(seconds=stream.interval_s if is_scheduled(stream) else 3600)
    if length / every <= MOST_POINTS:
        return "reading"
    return "hour" if length / timedelta(hours=1) <= MOST_POINTS else "day"


def _hours(ctx: Context, stream: Datastream, since: datetime, until: datetime) -> list[Point]:
    cells = sensing.year(ctx, stream, until)
    cells = cells.where(cells.hour_us > int(since.timestamp() * 1_000_000))
    value = cells.total if stream.period_s else cells.mean
    return [
        Point(datetime.fromtimestamp(at / 1_000_000, tz=until.tzinfo), round(v, 3), least, most, n)
        if n else Point(datetime.fromtimestamp(at / 1_000_000, tz=until.tzinfo), None, n=0)
        for at, v, least, most, n in zip(
            cells.hour_us.tolist(), np.asarray(value).tolist(), cells.least.tolist(), cells.most.tolist(),
            cells.known.tolist(), strict=True,
        )
    ]  # fmt: skip


def by_day(points: Sequence[Point], *, adds_up: bool) -> list[Point]:
    """Points by the local day in which they end (midnight closes the day before): sums of amounts, means of states."""
    days: dict[datetime, list[Point]] = {}
    for point in points:
        local = localtime(point.at - timedelta(microseconds=1))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        days.setdefault(midnight, []).append(point)
    found = []
    for day, own in sorted(days.items()):
        known = [p for p in own if p.value is not None]
        values = [p.value for p in known if p.value is not None]
        if not values:
            found.append(Point(day, None, n=0))
            continue
        total = (
            sum(values)
            if adds_up
            else sum(v * p.n for v, p in zip(values, known, strict=True)) / sum(p.n for p in known)
        )
        least = min(p.value if p.least is None else p.least for p in known)  # type: ignore[type-var]
        most = max(p.value if p.most is None else p.most for p in known)  # type: ignore[type-var]
        found.append(Point(day, round(total, 3), least, most, sum(p.n for p in known)))
    return found


def gaps_in(
    known: Sequence[datetime], since: datetime, until: datetime, usual: timedelta
) -> list[tuple[datetime, datetime]]:
    """Where no reading came though one was due: from the last reading before to the one period before the next.

    A reading may be late by half an interval before its place counts as empty.
    """
    found = []
    patience = usual * 1.5
    edges = [since, *known, until]
    for i, (one, other) in enumerate(pairwise(edges)):
        last = i == len(edges) - 2
        if other - one > patience:
            found.append((one, other if last else other - usual))
    return found


def running_sums(stretch: Stretch, window: timedelta) -> list[tuple[datetime, float, bool]]:
    """The sum of amounts over `window` up to each point: ``(at, total, complete)``; an incomplete one is a lower bound."""
    points = [p for p in (*stretch.before, *stretch.points) if p.value is not None]
    if not points:
        return []
    times = np.array([p.at.timestamp() for p in points])
    values = np.cumsum([0.0, *(p.value for p in points if p.value is not None)])
    counts = np.cumsum([0, *(p.n for p in points)])
    low = np.searchsorted(times, times - window.total_seconds() + 0.5, side="left")
    due = max(1, round(window.total_seconds() / max(1, stretch.stream.interval_s)))
    shown = []
    for i, point in enumerate(points):
        if point.at <= stretch.since:
            continue
        total = round(float(values[i + 1] - values[low[i]]), 1)
        shown.append((point.at, total, bool(counts[i + 1] - counts[low[i]] >= due)))
    return shown
