"""Days and times as people and programs write them. Years that no record of ours can mean are refused: the first and the last there
are overflow when they are shifted to another zone or moved by a day."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from .errors import BadInput

EARLIEST, LATEST = 1900, 2200


def year_is_ours(day: date) -> bool:
    """Whether a day or time lies from 1900 to 2200."""
    return EARLIEST <= day.year <= LATEST


def day_in(text: str) -> date | None:
    """The day that ``2016-07-20`` names; None for what names none from 1900 to 2200."""
    try:
        day = parse_date(text.strip())
    except ValueError:
        return None
    return day if day is not None and year_is_ours(day) else None


def moment_in(text: str) -> datetime | None:
    """The time that ``2016-07-20 12:40`` or ISO 8601 names, without an offset in the zone of the place; None as `day_in`."""
    try:
        moment = parse_datetime(text.strip())
    except ValueError:
        return None
    if moment is None or not year_is_ours(moment):
        return None
    return make_aware(moment) if is_naive(moment) else moment


def read_day(text: str, field: str) -> date | None:
    """A day as a form sends it; None when left empty. Raises BadInput naming the field."""
    if not text.strip():
        return None
    day = day_in(text)
    if day is None:
        raise BadInput(
            _("日期“%(text)s”看不懂") % {"text": text.strip()[:40]}, field=field,
            mend=_("写成 2016-07-20 的样子，年份从 %(first)d 到 %(last)d") % {"first": EARLIEST, "last": LATEST},
        )  # fmt: skip
    return day


def read_moment(text: str, field: str) -> datetime | None:
    """A time as a form sends it; None when left empty. Raises BadInput naming the field."""
    if not text.strip():
        return None
    moment = moment_in(text)
    if moment is None:
        raise BadInput(
            _("时间“%(text)s”看不懂") % {"text": text.strip()[:40]}, field=field,
            mend=_("写成 2016-07-20 12:40 的样子，年份从 %(first)d 到 %(last)d") % {"first": EARLIEST, "last": LATEST},
        )  # fmt: skip
    return moment
