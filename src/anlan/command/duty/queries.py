"""Who is on duty, when, and on which seat: what other rooms and pages ask of the rosters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, DateTimeField, QuerySet

from anlan.command.models import Roster, Shift
from anlan.kernel.asking import Open, among, ask
from anlan.kernel.context import Context
from anlan.kernel.scope import above
from anlan.kernel.worlds import REAL
from anlan.places.models import Person, Post, Region

from .log import Line, log_entries

#: States in which somebody counts as on duty at a time inside the shift; who never came does not.
COUNTED = ("planned", "on_duty", "over")


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody on a seat. `post`: the duty post of the seat's role in that region, None for seats without one (driver, expert).

    `signed_on`: whether the person has said so. `shift`: the row itself, with its times and state.
    """

    post: Post | None
    person: Person
    seat: str
    seat_name: str
    role: str
    starts_at: datetime
    ends_at: datetime
    signed_on: bool
    shift: Shift


def _at(ctx: Context, paths: list[str], at: datetime) -> list[Shift]:
    """Who sits at a moment in the nearest of the regions where anybody does, by the world's own roster or else by reality's."""
    found = ask(ctx, _sat_on, paths=paths, at=at, lately=at - timedelta(hours=2))
    sitting = [s for s in found if _sits(s, at)]
    for path in sorted({s.region.path for s in sitting}, key=len, reverse=True):
        here = [s for s in sitting if s.region.path == path]
        if mine := [s for s in here if s.world_id == ctx.world] or here:
            return mine
    return []


def _sat_on(ctx: Context) -> QuerySet[Shift]:
    at, lately = Open("at", DateTimeField()), Open("lately", DateTimeField())
    rows = Shift.objects.unscoped("who is on duty is told to everybody who works in the place").filter(
        among("region__path", "paths", CharField()), world__in={ctx.world, REAL}, starts_at__lte=at, ends_at__gt=lately,
        state__in=COUNTED,
    )  # fmt: skip
    found: QuerySet[Shift] = rows.select_related("person", "region")
    return found.order_by("order", "starts_at", "seat", "id")


def _sits(shift: Shift, at: datetime) -> bool:
    """On the seat at that moment: until handed over when that is later than planned, no longer when it was earlier."""
    if shift.ended_at is not None:
        return (shift.signed_on_at or shift.starts_at) <= at < shift.ended_at or (
            shift.starts_at <= at < min(shift.ends_at, shift.ended_at)
        )
    return at < shift.ends_at or shift.state == "on_duty"


def on_duty(ctx: Context, region: Region, at: datetime | None = None) -> list[OnDuty]:
    """Who is on duty in exactly this region at a moment (now when None), leader first; empty where no published roster covers it.

    An exercise without a roster of its own shows reality's at the same time. Works for any moment of the past.
    """
    return _seated(_at(ctx, [region.path], at or ctx.now()))


def absent(ctx: Context, region: Region, at: datetime) -> list[Shift]:
    """Shifts around a moment to which nobody came, as far as the caller may see them: those that are over without a sign-on."""
    rows = Shift.objects.visible_to(ctx).filter(
        region=region, starts_at__lte=at, ends_at__gt=at, state__in=("unattended", "missed")
    )
    return list(rows.select_related("person").order_by("order", "starts_at", "id"))


def on_duty_near(ctx: Context, path: str, at: datetime | None = None) -> list[OnDuty]:
    """The same for the nearest region at or above a path that has somebody on a roster."""
    return _seated(_at(ctx, above(path), at or ctx.now()))


def _seated(shifts: list[Shift]) -> list[OnDuty]:
    roles = {s.role for s in shifts if s.role}
    posts: dict[str, Post] = {}
    if roles:
        rows = Post.objects.filter(
            roles__overlap=sorted(roles),
            region__path__in=above(shifts[0].region.path),
            retired_at__isnull=True,
        ).select_related("organisation", "region")
        for post in sorted(rows, key=lambda p: (-len(p.region.path), p.rank, p.code)):
            for role in roles & set(post.roles):
                posts.setdefault(role, post)
    return [
        OnDuty(
            posts.get(s.role),
            s.person,
            s.seat,
            s.seat_name,
            s.role,
            s.starts_at,
            s.ends_at,
            s.signed_on_at is not None,
            s,
        )
        for s in shifts
    ]


def shift_of(person: Person, at: datetime, *, ctx: Context | None = None) -> Shift | None:
    """The shift that a person is on at a moment, in reality or in the world of `ctx`."""
    rows = Shift.objects.unscoped("asked for one person").filter(
        person=person, world=ctx.world if ctx else REAL, starts_at__lte=at, ends_at__gt=at, state__in=COUNTED
    )
    found: Shift | None = rows.select_related("region", "roster").order_by("order", "starts_at").first()
    return found


def own_shifts(ctx: Context, person: Person, since: datetime, until: datetime) -> list[Shift]:
    """A person's own shifts of the context's world that touch the time, earliest first; those cancelled are left out."""
    rows = Shift.objects.in_world(ctx).filter(person=person, starts_at__lt=until, ends_at__gt=since)
    return list(rows.exclude(state="cancelled").select_related("region", "person").order_by("starts_at", "order"))


def own_day(ctx: Context, region: Region, since: datetime, until: datetime) -> list[Shift]:
    """The shifts of a region that touch a time, as far as the caller may see them."""
    rows = Shift.objects.visible_to(ctx).filter(region=region, starts_at__lt=until, ends_at__gt=since)
    return list(rows.exclude(state="cancelled").select_related("person").order_by("order", "starts_at", "id"))


def roster_of(ctx: Context, region: Region, month: Any) -> Roster | None:
    """The published roster of a month, as far as the caller may see it."""
    rows = Roster.objects.visible_to(ctx).filter(region=region, month=month, state="published")
    found: Roster | None = rows.select_related("region").first()
    return found


def has_roster(ctx: Context, region: Region, at: datetime) -> bool:
    """Whether the context's own world has any shift of this region around a time: then only those on it sign."""
    day = timedelta(days=1)
    rows = Shift.objects.in_world(ctx).filter(region=region, starts_at__lt=at + day, ends_at__gt=at - day)
    return bool(rows.exclude(state="cancelled").exists())


__all__ = [
    "Line",
    "OnDuty",
    "has_roster",
    "log_entries",
    "on_duty",
    "on_duty_near",
    "own_shifts",
    "roster_of",
    "shift_of",
]
