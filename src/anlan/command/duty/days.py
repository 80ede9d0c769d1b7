"""Which days are off: the State Council's yearly arrangement as the calendar library knows it, then what the bureau wrote itself."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
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
