"""Who leads what: the bodies of a region with their seats and present holders, and which body an incident belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.models import Headquarters, HeadquartersSeat
from anlan.decision.data.response_levels import shipped_plans
from anlan.kernel.context import Context
from anlan.kernel.scope import above
from anlan.places.queries import Person, holders_of_posts


@dataclass(frozen=True, slots=True)
class Seat:
    """`people` hold it now; `empty` says why nobody does."""

    seat: HeadquartersSeat
    people: tuple[Person, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Shown:
    body: Headquarters
    seats: list[Seat]
    concerns: list[str]

    @property
    def heads(self) -> list[Seat]:
        return [s for s in self.seats if s.seat.rank < MEMBERS_FROM]

    @property
    def members(self) -> list[Seat]:
        return [s for s in self.seats if s.seat.rank >= MEMBERS_FROM]

    @property
    def empty(self) -> list[Seat]:
        return [s for s in self.seats if s.empty]


#: Seats from this rank on are members.
MEMBERS_FROM = 20


def bodies(ctx: Context) -> Any:
    return Headquarters.objects.visible_to(ctx).filter(retired_at=None).order_by("scope", "order", "code")


def chart(ctx: Context) -> list[Shown]:
    """Every visible body with its seats, in a fixed number of queries."""
    rows = list(bodies(ctx).select_related("office"))
    seats = seats_of(ctx, rows)
    return [Shown(row, seats.get(row.pk, []), concern_names(row.concerns)) for row in rows]


def seats_of(ctx: Context, rows: Sequence[Headquarters]) -> dict[Any, list[Seat]]:
    seats = list(
        HeadquartersSeat.objects.visible_to(ctx).filter(headquarters__in=rows, retired_at=None)
        .select_related("post__organisation", "organisation", "headquarters").order_by("rank", "code")
    )  # fmt: skip
    held = holders_of_posts(s.post.code for s in seats if s.post and not s.post.retired_at)
    found: dict[Any, list[Seat]] = {}
    for seat in seats:
        people = tuple(held.get(seat.post.code, ())) if seat.post else ()
        found.setdefault(seat.headquarters_id, []).append(Seat(seat, people, _empty(seat, people)))
    return found


def _empty(seat: HeadquartersSeat, people: tuple[Person, ...]) -> str:
    if people:
        return ""
    if seat.post is None:
        return _("未明确岗位") if seat.organisation is None else _("单位未明确岗位")
    return _("岗位已停用") if seat.post.retired_at else _("岗位无人")


def concern_names(concerns: Iterable[str]) -> list[str]:
    known = shipped_kinds().headquarters
    return [known[c].zh for c in concerns if c in known]


def concern_choices() -> tuple[tuple[str, str], ...]:
    return tuple((h.id, h.zh) for h in shipped_kinds().headquarters.values())


def body_for(ctx: Context, path: str, *, kind: str = "", hazard: str = "") -> Headquarters | None:
    """The body that an incident of `kind` (event code) or a response to `hazard` belongs to, in the region or above; the general one
    where none concerns itself with it, None where the region has set up none."""
    wanted = _wanted(kind, hazard)
    rows = list(bodies(ctx).filter(scope__in=above(path)).exclude(kind="sub").select_related("office"))
    rows.sort(key=lambda r: (-len(r.scope), r.order))
    for row in rows:
        if wanted and wanted in row.concerns:
            return row
    return next((row for row in rows if row.kind == "general"), None)


def _wanted(kind: str, hazard: str) -> str:
    found = shipped_kinds().find(kind) if kind else None
    if found is not None:
        return found.hq
    return next((plan.hq for plan in shipped_plans() if plan.hazard == hazard), "") if hazard else ""
