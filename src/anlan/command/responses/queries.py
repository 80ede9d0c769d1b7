"""What may be asked about responses and tasks; every answer is cut to what the person may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from anlan.kernel.context import Context
from anlan.kernel.loops.record import LoopQuerySet
from anlan.places.queries import Organisation

from ..models import Order, Response, Task

RUNNING = ("issued", "acknowledged")


def responses(ctx: Context, *, only_active: bool = False) -> QuerySet[Response]:
    """Visible responses: those in force first, the highest level on top, then the newest."""
    rows = Response.objects.visible_to(ctx).select_related("region")
    if only_active:
        return rows.open().order_by("level_number", "-started_at")
    return rows.order_by(F("closed_at").desc(nulls_first=True), "level_number", "-started_at")


def response(ctx: Context, pk: Any) -> Response:
    """Raises NotFound."""
    return Response.objects.select_related("region").get_visible(ctx, pk=pk)


def orders(ctx: Context, of: Response) -> list[Order]:
    return list(Order.objects.visible_to(ctx).filter(response=of).order_by("signed_at", "pk"))


def order(ctx: Context, pk: Any) -> Order:
    """Raises NotFound."""
    return Order.objects.select_related("response__region").get_visible(ctx, pk=pk)


def tasks(ctx: Context, *, of: Response | None = None) -> LoopQuerySet:
    rows = Task.objects.visible_to(ctx).select_related("organisation", "response")
    return rows.filter(response=of) if of is not None else rows


def task(ctx: Context, pk: Any) -> Task:
    """Raises NotFound."""
    return Task.objects.select_related("organisation__region", "response", "incident").get_visible(ctx, pk=pk)


def my_tasks(ctx: Context, *, limit: int = 200) -> list[Task]:
    """Open tasks that rest on this very person's posts and organisations, what is late first."""
    rows = tasks(ctx).open().filter(owner_keys__overlap=sorted(ctx.keys), state__in=RUNNING)
    return list(rows.order_by(F("due_at").asc(nulls_last=True), "opened_at")[:limit])


def task_counts(ctx: Context, found: list[Response]) -> dict[Any, dict[str, int]]:
    """{response id: {"total", "open", "late", "silent"}} over the tasks that this person may see, in one query."""
    now = ctx.now()
    running = Q(state__in=RUNNING)
    rows = (
        Task.objects.visible_to(ctx)
        .filter(response__in=[r.pk for r in found])
        .exclude(state="cancelled")
        .order_by()
        .values("response_id")
        .annotate(
            total=Count("pk"),
            open=Count("pk", filter=running),
            late=Count("pk", filter=running & Q(due_at__lte=now)),
            silent=Count("pk", filter=Q(state="issued")),
        )
    )
    return {row.pop("response_id"): row for row in rows}


@dataclass(frozen=True, slots=True)
class Cell:
    """`phase` shades the cell: late, open (not acknowledged), working, done, ended, none."""

    task: Task
    phase: str


@dataclass(slots=True)
class Row:
    organisation: Organisation
    cells: list[Cell] = field(default_factory=list)
    silent: int = 0
    late: int = 0
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class Board:
    """Members as rows, the silent first; each one's cards as cells, what is late first. `loose`: tasks given by hand."""

    rows: list[Row]
    loose: list[Task]
    counts: dict[str, int]


def phase_of(task: Task, now: datetime) -> str:
    if task.state in ("checked", "cancelled"):
        return "ended" if task.state == "cancelled" else "done"
    if task.state in RUNNING and task.is_late(now):
        return "late"
    return {"issued": "open", "acknowledged": "working", "done": "done", "refused": "waiting"}.get(task.state, "open")


def board(ctx: Context, of: Response) -> Board:
    """The board in one query, whatever the number of tasks. A department sees its own row only."""
    now = ctx.now()
    found = [t for t in tasks(ctx, of=of).order_by("opened_at", "pk") if t.card]
    latest = {(t.organisation_id, t.card): t for t in found}
    shown = [t for t in latest.values() if t.state != "cancelled" or of.closed_at]
    rows: dict[str, Row] = {}
    for task in sorted(shown, key=lambda t: (t.due_at is None, t.due_at or t.due_from_plan, t.card)):
        row = rows.setdefault(task.organisation_id, Row(task.organisation))
        cell = Cell(task, phase_of(task, now))
        row.cells.append(cell)
        row.total += task.state != "cancelled"
        row.silent += task.state == "issued"
        row.late += cell.phase == "late"
        row.done += cell.phase == "done"
    counts = Counter(phase_of(t, now) for t in shown)
    counts["silent"] = sum(r.silent for r in rows.values())
    counts["total"] = sum(r.total for r in rows.values())
    ranked = sorted(rows.values(), key=lambda r: (-r.late, -r.silent, r.done == r.total, r.organisation.code))
    loose = list(tasks(ctx, of=of).filter(card="").order_by(F("closed_at").desc(nulls_first=True), "due_at"))
    return Board(ranked, loose, dict(counts))


def task_lines(response: Response) -> list[dict[str, Any]]:
    """The cards issued at the response's present level, as an order copies them: ``{"text", "organisations", "due_at"}``."""
    rows = Task.objects.unscoped("the order lists the tasks of its own response").filter(
        response=response, level=response.level, closed_at__isnull=True
    )
    by_card: dict[str, dict[str, Any]] = {}
    ordered = rows.exclude(card="").select_related("organisation").order_by("due_from_plan", "card", "organisation_id")
    for task in ordered:
        first = {"text": task.text, "organisations": [], "due_at": task.due_from_plan.isoformat()}
        line = by_card.setdefault(task.card, first)
        if str(task.organisation) not in line["organisations"]:
            line["organisations"].append(str(task.organisation))
    return list(by_card.values())
