"""Which days are off: the State Council's yearly arrangement as the calendar library knows it, then what the bureau wrote itself; and
terms in working days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import chinese_calendar
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext_lazy as _

#: Names of the library's holidays as people say them.
NAMES = {
    "New Year's Day": _("元旦"), "Spring Festival": _("春节"), "Tomb-sweeping Day": _("清明节"), "Labour Day": _("劳动节"),
    "Dragon Boat Festival": _("端午节"), "National Day": _("国庆节"), "Mid-autumn Festival": _("中秋节"),
    "Anti-Fascist 70th Day": _("抗战胜利纪念日"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """`off`: nobody goes to the office. `name`: of the holiday, or that it is worked instead. `certain`: False where the
    arrangement of the year is not known yet and only the week says so."""

    day: date
    off: bool
    name: str = ""
    certain: bool = True


def days_of(month: date) -> list[date]:
    """All days of the month that `month` lies in."""
    first = month.replace(day=1)
    return [first + timedelta(days=n) for n in range(monthrange(first.year, first.month)[1])]


def day_kinds(days: list[date], own: Mapping[date, tuple[bool, str]]) -> dict[date, Day]:
    """What each day is. `own`: (off, name) by day, as the bureau's table says it: it is right before anything shipped."""
    return {day: _own(day, *own[day]) if day in own else _shipped(day) for day in days}


def _own(day: date, off: bool, name: str) -> Day:
    return Day(day, off, name)


def _shipped(day: date) -> Day:
    weekend = day.weekday() >= 5
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return Day(day, weekend, certain=False)
    if off and not name:
        return Day(day, True)
    if off:
        return Day(day, True, str(NAMES.get(name, name)))
    return Day(day, False, str(_("调休上班")) if weekend else "")


def working_day_after(day: date, count: int) -> date:
    """The last day of a term of `count` working days (工作日) that begins with `day`: the day itself does not count.

    By the State Council's arrangement, weekends that are worked instead among them; by the week alone in a year whose arrangement is
    not known yet. A term of no working days ends on `day`. Source: 民法典第201条（开始的当日不计入）.
    """
    while count > 0:
        day += timedelta(days=1)
        count -= not _shipped(day).off
    return day


def working_days_between(first: date, last: date) -> int:
    """How many working days a term that begins with `first` has run on `last`; 0 when `last` is not later."""
    weeks, rest = divmod(max(0, (last - first).days), 7)
    by_week = 5 * weeks + sum((first + timedelta(days=n)).weekday() < 5 for n in range(1, rest + 1))
    worked = sum(first < day <= last and day.weekday() >= 5 for day in chinese_calendar.workdays)
    return by_week + worked - sum(first < day <= last and day.weekday() < 5 for day in chinese_calendar.holidays)


def working_term_end(began: datetime, count: int) -> datetime:
    """The moment at which a term of `count` working days from `began` runs out: the last second of its last day, in local time."""
    return make_aware(datetime.combine(working_day_after(localdate(began), count), time(23, 59, 59)))
