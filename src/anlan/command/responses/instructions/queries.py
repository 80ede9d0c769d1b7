"""What may be asked about instructions; every answer is cut to what the person may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from anlan.kernel.context import Context

from ...models import Instruction, Task

RUNNING = ("issued", "acknowledged")
#: Due soon: the last quarter of its time, at most half an hour.
SOON = timedelta(minutes=30)


def instructions(ctx: Context) -> QuerySet[Instruction]:
    """Instructions that this person may see, the newest first."""
    return Instruction.objects.visible_to(ctx).select_related("incident", "response").order_by("-issued_at", "-pk")


def instruction(ctx: Context, pk: Any) -> Instruction:
    """Raises NotFound."""
    found: Instruction = Instruction.objects.select_related("incident", "response").get_visible(ctx, pk=pk)
    return found


def tasks_of(ctx: Context, of: Instruction) -> list[Task]:
    """Its tasks that this person may see: refused and late ones first, then who is silent, then what is under way, then the rest."""
    order = Case(
        When(state="refused", then=Value(0)), When(state="issued", then=Value(1)), When(state="acknowledged", then=Value(2)),
        When(state="done", then=Value(3)), default=Value(4), output_field=IntegerField(),
    )  # fmt: skip
    rows = Task.objects.visible_to(ctx).filter(instruction=of).select_related("organisation__region")
    return list(rows.order_by(order, "due_at", "organisation_id"))


@dataclass(slots=True)
class Tally:
    """Counts of tasks: `silent` not taken, `working`, `late` of both, `refused`, `done` (checked or waiting to be)."""

    total: int = 0
    silent: int = 0
    working: int = 0
    late: int = 0
    refused: int = 0
    done: int = 0


def tallies(ctx: Context, rows: Iterable[Instruction]) -> dict[UUID, Tally]:
    """Counts by instruction over the tasks that this person may see, in one query."""
    tasks = (
        Task.objects.visible_to(ctx).filter(instruction__in=[i.pk for i in rows]).exclude(state="cancelled").order_by()
    )
    counted = tasks.values("instruction_id").annotate(
        total=Count("pk"), silent=Count("pk", filter=Q(state="issued")), working=Count("pk", filter=Q(state="acknowledged")),
        late=Count("pk", filter=Q(state__in=RUNNING, due_at__lte=ctx.now())), refused=Count("pk", filter=Q(state="refused")),
        done=Count("pk", filter=Q(state__in=("done", "checked"))),
    )  # fmt: skip
    return {row.pop("instruction_id"): Tally(**row) for row in counted}


def mark_of(task: Task, now: datetime) -> str:
    """The deadline in a word: 超时, 临近时限, or nothing while there is time and after the end."""
    if task.state not in RUNNING or task.due_at is None:
        return ""
    if task.due_at <= now:
        return str(_("超时"))
    whole = task.due_at - task.state_since
    return str(_("临近时限")) if task.due_at - now <= min(whole / 4, SOON) else ""
