"""A person's shifts as an iCalendar stream (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from anlan.command.models import Shift

#: How far back and ahead a calendar reaches.
BACK, AHEAD = timedelta(days=62), timedelta(days=190)
REMIND = timedelta(hours=1)


def calendar_of_shifts(name: str, shifts: Iterable[Shift], *, now: datetime) -> bytes:
    """The stream for a calendar program. Every shift keeps its UID whatever happens to it; times are UTC."""
    calendar = Calendar()
    calendar.add("prodid", "-//Anlan//Duty//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("%(name)s的值班") % {"name": name})
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for shift in shifts:
        calendar.add_component(_event(shift, now))
    return calendar.to_ical()  # type: ignore[no-any-return]


def _event(shift: Shift, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{shift.pk}@anlan")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("last-modified", shift.state_since.astimezone(UTC))
    event.add("dtstart", shift.starts_at.astimezone(UTC))
    event.add("dtend", shift.ends_at.astimezone(UTC))
    event.add("summary", _("值班：%(seat)s（%(where)s）") % {"seat": shift.seat_name, "where": shift.region.name})
    event.add("description", f"{shift.state_label}{' · ' + shift.why_changed if shift.why_changed else ''}")
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    if shift.state == "planned":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _("一小时后接班"))
        alarm.add("trigger", -REMIND)
        event.add_component(alarm)
    return event
