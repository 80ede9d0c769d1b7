"""The rules that hold in a region: the shipped ones, with what a province, city or district rules otherwise about rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from django.db.models import Q

from anlan.command.data.duty_rules import DutyRules, Rest, duty_rules
from anlan.command.models import RestRule
from anlan.kernel.scope import above
from anlan.places.models import Region


def rules_of(region: Region, month: date) -> DutyRules:
    """The rules for a month's roster (`month`: its first day). Of one length of shift the nearest region's word counts, then the
    newest; an entry holds for the whole month in which it begins."""
    last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    rows = RestRule.objects.unscoped("read for the region itself").filter(
        Q(until__isnull=True) | Q(until__gte=month),
        scope__in=above(region.path),
        since__lte=last,
        retired_at__isnull=True,
    )
    own = {r.shift_hours: r.rest_hours for r in sorted(rows, key=lambda r: (len(r.scope), r.since))}
    shipped = duty_rules()
    if not own:
        return shipped
    hours = {r.shift_hours: r.rest_hours for r in shipped.rest} | own
    return replace(shipped, rest=tuple(Rest(h, hours[h]) for h in sorted(hours, reverse=True)))
