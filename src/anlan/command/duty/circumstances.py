"""What a plan is judged by, read from the records: who serves in a region, with which duty roles, who is busy and who is away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.timezone import get_current_timezone

from anlan.command.data.duty_rules import Seat, duty_rules
from anlan.command.models import DutyDay, DutyTemplate, KeyPeriod, Leave, Shift
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.days import Day, day_kinds, days_of
from anlan.kernel.scope import above
from anlan.places.models import Holding, Person, Region

from .cells import Away, Busy, Cell, Circumstances

#: States in which a shift takes a person's time.
TAKEN = ("planned", "on_duty", "over")


def seats_of(region: Region, kind: str) -> tuple[Seat, ...]:
    """The seats of a region's template; what the platform suggests where it has none of its own."""
    own = DutyTemplate.objects.unscoped("read for the region itself").filter(region=region, kind=kind).first()
    if own is None:
        return duty_rules().templates[kind]
    return tuple(Seat(**{**s, "at": tuple(s["at"]), "group": tuple(s["group"])}) for s in own.seats)


def calendar_of(region: Region, month: date) -> tuple[dict[date, Day], dict[date, str]]:
    """What each day of the month is, and the name of the key period that it lies in, by day. The nearest region's word counts."""
    days = days_of(month)
    rows = DutyDay.objects.unscoped("read for the region itself").filter(
        scope__in=above(region.path), day__in=days, retired_at__isnull=True
    )
    own = {r.day: (r.kind == DutyDay.Kind.OFF, r.name) for r in sorted(rows, key=lambda r: len(r.scope))}
    periods = KeyPeriod.objects.unscoped("read for the region itself").filter(
        scope__in=above(region.path), since__lte=days[-1], until__gte=days[0], retired_at__isnull=True
    )
    strong = {day: p.name for p in periods for day in days if p.since <= day <= p.until}
    return day_kinds(days, own), strong


def span(cells: Iterable[Cell], month: date) -> tuple[datetime, datetime]:
    """From when until when shifts have to be looked at for a plan: its own time and some days on both sides."""
    back = timedelta(days=duty_rules().reach_back)
    first = datetime(month.year, month.month, 1, tzinfo=get_current_timezone())
    ends = max((c.ends for c in cells), default=first + timedelta(days=31))
    return first - back, ends + back


def around(ctx: Context, region: Region, month: date, cells: Iterable[Cell]) -> Circumstances:
    """Everything beside the plan itself that it is judged by."""
    cells = list(cells)
    since, until = span(cells, month)
    people = candidates(region, month)
    chosen = {c.person for c in cells if c.person} | {str(p.pk) for p in people}
    shifts = Shift.objects.in_world(ctx).filter(
        person__in=chosen, starts_at__lt=until, ends_at__gt=since, state__in=TAKEN
    ).exclude(region=region, roster__month=month).select_related("region")  # fmt: skip
    busy = tuple(Busy(str(s.person_id), s.starts_at, s.ends_at, s.region.name, s.role, s.seat) for s in shifts)
    leaves = Leave.objects.unscoped("read for the region's own people").filter(
        person__in=chosen, retired_at__isnull=True, since__lte=until.date(), until__gte=since.date()
    )
    away = tuple(Away(str(v.person_id), v.since, v.until, str(v.get_kind_display())) for v in leaves)
    return Circumstances(busy, away, frozenset(str(p.pk) for p in people), roles_of(region, chosen))


def candidates(region: Region, month: date) -> list[Person]:
    """Active people with a post in the region or below it that does not end before the month begins, by name of account."""
    running = Q(until__isnull=True) | Q(until__gt=_begin(month))
    held = Holding.objects.filter(running, post__scope__startswith=region.path)
    return list(Person.objects.filter(pk__in=held.values("person_id"), is_active=True).order_by("username"))


def serves(person: Person, region: Region) -> bool:
    """Whether a person holds a post in the region or below it at this moment."""
    held = Holding.objects.filter(Holding.now(), person=person, post__scope__startswith=region.path)
    return person.is_active and held.exists()


def near(region: Region, month: date) -> list[Person]:
    """Those with a post in the region itself: whom a list offers by name. People of places below it are found by account."""
    held = Holding.objects.filter(Q(until__isnull=True) | Q(until__gt=_begin(month)), post__scope=region.path)
    rows = Person.objects.filter(pk__in=held.values("person_id"), is_active=True)
    return sorted(rows, key=lambda p: p.username)


def _begin(month: date) -> datetime:
    """The first moment of the month, or now for one that has begun: a post that ended yesterday serves no more."""
    return max(datetime(month.year, month.month, 1, tzinfo=get_current_timezone()), clock.real_now())


def roles_of(region: Region, people: Iterable[str]) -> dict[str, frozenset[str]]:
    """The roles that people hold on the region, by the id of the person."""
    found: dict[str, set[str]] = defaultdict(set)
    held = Holding.objects.filter(Holding.now(), person__in=list(people), post__region__path__in=above(region.path))
    for holding in held.select_related("post"):
        found[str(holding.person_id)] |= set(holding.post.roles)
    return {person: frozenset(roles) for person, roles in found.items()}
