"""When one reporting rule falls due: minutes from a start, repetitions, times of day, working days, yearly dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from .data.reporting_deadlines import Rule, Start

DAY_MIN = 1440
#: The official time of the country: days, hours of the day and working days of the rules are its own, whatever offset a fact is told in.
BEIJING = timezone(timedelta(hours=8))
#: Times of which the rules can still count; what lies outside is a slip of the pen.
EARLIEST, LATEST = datetime(1949, 10, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """`minutes` as the rule has it (for a repetition the interval); `start_fact` names a missing time, else empty."""

    minutes: int | None
    start_at: datetime | None
    due_at: datetime | None
    repeats: bool
    start_fact: str


def timing_of(
    rule: Rule, limit: int | None, start: Start, tier: str, facts: Mapping[str, Any], holidays: frozenset[date]
) -> Timing:
    """Timing of one form of a rule for a sender of `tier`. `facts` hold the times as aware datetimes, and the grade."""
    start_at: datetime | None = facts.get(start.fact) or (facts.get(start.fallback) if start.fallback else None)
    missing = "" if start_at else start.fact
    if limit is not None:
        return Timing(limit, start_at, start_at + timedelta(minutes=limit) if start_at else None, False, missing)
    last: datetime | None = facts.get("last_reported_at") or start_at
    minutes = _interval(rule, facts.get("grade"))
    if minutes is not None:
        return Timing(minutes, start_at, last + timedelta(minutes=minutes) if last else None, True, missing)
    if rule.daily_at:
        at = rule.daily_at.get(tier)
        return Timing(DAY_MIN, start_at, next_time_of_day(last, at) if last and at else None, True, missing)
    if rule.work_days:
        days = rule.work_days.get(tier)
        due = end_of_working_days(start_at, days, holidays) if start_at and days else None
        return Timing(None, start_at, due, False, missing)
    if rule.yearly_on:
        return Timing(None, start_at, end_of_yearly_date(start_at, rule.yearly_on) if start_at else None, True, missing)
    return Timing(None, start_at, None, True, missing)


def _interval(rule: Rule, grade: str | None) -> int | None:
    """Minutes between reports. An incident not graded yet reports as seldom as the table allows: so much is sure."""
    if isinstance(rule.every_min, int):
        return rule.every_min
    if rule.every_min:
        return rule.every_min.get(grade or "") or max(rule.every_min.values())
    if rule.times_per_day:
        return DAY_MIN // (rule.times_per_day.get(grade or "") or min(rule.times_per_day.values()))
    return None


def next_time_of_day(after: datetime, at: str) -> datetime:
    """The next such time of the day on a day after `after`: a day is reported once it has ended."""
    hour, minute = (int(part) for part in at.split(":"))
    return datetime.combine(after.astimezone(BEIJING).date() + timedelta(days=1), time(hour, minute), BEIJING)


def end_of_working_days(start: datetime, days: int, holidays: frozenset[date]) -> datetime:
    """The end of the n-th working day after `start`: Saturdays, Sundays and `holidays` do not count."""
    day, left = start.astimezone(BEIJING).date(), days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in holidays
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def end_of_yearly_date(start: datetime, month_day: str) -> datetime:
    """The end of that date in the year of `start`, or in the next one if it has passed."""
    month, day = (int(part) for part in month_day.split("-"))
    year = start.astimezone(BEIJING).year
    end = datetime.combine(date(year, month, day) + timedelta(days=1), time(), BEIJING)
    if end <= start:
        end = end.replace(year=end.year + 1)
    return end
