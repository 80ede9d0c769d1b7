"""Consultations that nobody has to think of: before holidays and key periods, and for warnings of a colour and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.timezone import get_default_timezone, localtime

from anlan.command.data.consultation import COLOURS, shipped_schedule
from anlan.command.duty.circumstances import calendar_of
from anlan.command.models import Consultation, ConsultationRule, KeyPeriod
from anlan.kernel.context import Context
from anlan.kernel.days import Day
from anlan.kernel.scope import above
from anlan.kernel.wording import words as _
from anlan.places.queries import Post, Region, region_at

from . import services

Occasion = ConsultationRule.Occasion
#: A row cannot ask for more than this ahead.
FURTHEST = 30


@dataclass(frozen=True, slots=True)
class Holiday:
    first: date
    last: date
    name: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def holidays_in(days: Sequence[Day]) -> list[Holiday]:
    """Runs of days off that carry a name, in order. Pure; `days` are consecutive."""
    found, run = [], []
    for day in [*days, Day(date.max, False)]:
        if day.off:
            run.append(day)
            continue
        name = next((d.name for d in run if d.name), "")
        if name:
            found.append(Holiday(run[0].day, run[-1].day, name))
        run = []
    return found


def days_before(region: Region, occasion: str) -> int:
    """How many days ahead the region wants it; 0: not at all."""
    rows = _rows(region, occasion)
    if not rows:
        return shipped_schedule().holiday if occasion == Occasion.HOLIDAY else shipped_schedule().period
    row = rows[0]
    return 0 if row.off else min(row.days_before or 0, FURTHEST)


def asks_for(region: Region, hazard: str, color: str) -> bool:
    """Whether a warning of this kind and colour wants a consultation in the region."""
    if color not in COLOURS:
        return False
    rows = _rows(region, Occasion.WARNING)
    row = next((r for r in rows if r.hazard == hazard), None) or next((r for r in rows if not r.hazard), None)
    if row is not None and row.off:
        return False
    lowest = row.color if row is not None and row.color else shipped_schedule().color
    return COLOURS.index(color) >= COLOURS.index(lowest)


def propose_scheduled(ctx: Context) -> list[Consultation]:
    """Propose what the calendar asks for by now, each once, in every county that has a duty chief."""
    made: list[Consultation | None] = []
    scopes = Post.objects.filter(roles__contains=["duty_chief"], retired_at__isnull=True).values_list(
        "scope", flat=True
    )
    for path in sorted(set(scopes)):
        region = region_at(path)
        if region is not None and region.level == Region.Level.COUNTY:
            made += [*_before_holidays(ctx, region), *_before_periods(ctx, region)]
    return [one for one in made if one is not None]


def _before_holidays(ctx: Context, region: Region) -> list[Consultation | None]:
    ahead, today = days_before(region, Occasion.HOLIDAY), localtime(ctx.now()).date()
    if not ahead:
        return []
    # The days before are looked at as well: a holiday that has begun is not taken for one that begins.
    span = [today + timedelta(days=n) for n in range(-FURTHEST, 2 * FURTHEST)]
    known: dict[date, Day] = {}
    for month in sorted({day.replace(day=1) for day in span}):
        known |= calendar_of(region, month)[0]
    return [
        _propose(
            ctx,
            region,
            _("%(name)s节前会商") % {"name": h.name},
            h.first,
            h.last,
            ("command.holiday", f"{h.name} {h.first}"[:60]),
        )
        for h in holidays_in([known[day] for day in span])
        if h.days >= shipped_schedule().least_days and today < h.first <= today + timedelta(days=ahead)
    ]


def _before_periods(ctx: Context, region: Region) -> list[Consultation | None]:
    ahead, today = days_before(region, Occasion.PERIOD), localtime(ctx.now()).date()
    if not ahead:
        return []
    rows = KeyPeriod.objects.unscoped("read for the region itself").filter(
        scope__in=above(region.path), retired_at__isnull=True, since__gt=today, since__lte=today + timedelta(days=ahead)
    )
    return [
        _propose(
            ctx,
            region,
            _("%(name)s前会商") % {"name": row.name},
            row.since,
            row.until,
            ("command.key_period", str(row.pk)),
        )
        for row in rows.order_by("since", "name")
    ]


def _propose(
    ctx: Context, region: Region, title: str, first: date, last: date, about: tuple[str, str]
) -> Consultation | None:
    hour = time(min(shipped_schedule().hour, 23))
    by = datetime.combine(first - timedelta(days=1), hour, get_default_timezone())
    said = {"first": f"{first:%m-%d}", "last": f"{last:%m-%d}"}
    return services.propose_consultation(
        ctx, region=region, title=str(title), reason=_("%(first)s 至 %(last)s，按安排提前会商") % said, about=(*about, ""), by=by,
    )  # fmt: skip


def _rows(region: Region, occasion: str) -> list[ConsultationRule]:
    """The region's own rows of an occasion, else those of the nearest region above that has some."""
    rows = ConsultationRule.objects.unscoped("read for the region itself").filter(
        scope__in=above(region.path), occasion=occasion, retired_at__isnull=True
    )
    found = list(rows.order_by("code"))
    nearest = max((len(r.scope) for r in found), default=0)
    return [r for r in found if len(r.scope) == nearest]
