"""Meetings and decisions that a person may see, and how far each decision is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from anlan.command.models import Headquarters, Meeting, MeetingDecision, MeetingSeat, Task
from anlan.command.responses.instructions.queries import RUNNING, Tally, tallies
from anlan.kernel.context import Context

from .loops import SIGNERS

CALL = "command.meeting.call"


@dataclass(frozen=True, slots=True)
class Followed:
    """A decision with the counts of its tasks; None where it asks nobody for anything, or is not signed yet."""

    decision: MeetingDecision
    tally: Tally | None

    @property
    def undone(self) -> bool:
        return self.tally is not None and self.tally.done < self.tally.total

    @property
    def late(self) -> bool:
        return self.tally is not None and self.tally.late > 0


def may_run(ctx: Context, body: Headquarters) -> bool:
    """Whether the actor prepares meetings of this body: the headquarters' people, or the office that the body has."""
    return ctx.may(CALL, body.scope) or (body.office is not None and body.office.key in ctx.keys)


def may_draft(ctx: Context, found: Meeting) -> bool:
    """Whether the actor writes minutes of this meeting: who prepares it, and who may sign what others wrote."""
    return may_run(ctx, found.headquarters) or any(ctx.holds(role, found.scope) for role in SIGNERS)


def meetings(ctx: Context) -> Any:
    return Meeting.objects.visible_to(ctx).select_related("headquarters__office")


def meeting(ctx: Context, pk: Any) -> Meeting:
    """Raises NotFound."""
    found: Meeting = Meeting.objects.select_related("headquarters__office").get_visible(ctx, pk=pk)
    return found


def seats_of(ctx: Context, found: Meeting) -> list[MeetingSeat]:
    """Those called, as the body ranks them; a member sees its own, who prepares the meeting all."""
    rows = MeetingSeat.objects.visible_to(ctx).filter(meeting=found).select_related("meeting")
    return list(rows.order_by("rank", "name", "pk"))


def decisions_of(ctx: Context, found: Meeting) -> list[Followed]:
    rows = _decisions(ctx).filter(meeting=found).order_by("number")
    return followed(ctx, rows)


def decisions(ctx: Context, *, body: Headquarters | None = None, undone: bool = False) -> QuerySet[MeetingDecision]:
    """Decisions that were signed, the newest first; with `undone` those whose tasks are not all done."""
    rows = _decisions(ctx).filter(meeting__signed_at__isnull=False)
    rows = rows.filter(meeting__headquarters=body) if body is not None else rows
    if undone:
        open_tasks = Task.objects.visible_to(ctx).filter(
            instruction=OuterRef("instruction"), state__in=(*RUNNING, "refused")
        )
        rows = rows.filter(Exists(open_tasks))
    return rows.order_by("-meeting__signed_at", "number", "pk")


def followed(ctx: Context, rows: Iterable[MeetingDecision]) -> list[Followed]:
    rows = list(rows)
    counts = tallies(ctx, [r.instruction for r in rows if r.instruction])
    return [Followed(r, counts.get(r.instruction_id, Tally()) if r.instruction_id else None) for r in rows]


def _decisions(ctx: Context) -> QuerySet[MeetingDecision]:
    rows = MeetingDecision.objects.visible_to(ctx).filter(dropped_at=None)
    return rows.select_related("meeting__headquarters", "instruction")


def all_seats(found: Meeting) -> list[MeetingSeat]:
    """Everybody who was called, for the signed minutes: a member that may read them reads who came."""
    rows = MeetingSeat.objects.unscoped("signed minutes name everybody who came").filter(meeting=found)
    return list(rows.order_by("rank", "name", "pk"))
