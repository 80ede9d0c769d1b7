"""What may be asked about responses and tasks; every answer is cut to what the person may see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from anlan.kernel.context import Context
from anlan.kernel.loops.record import LoopQuerySet
from anlan.places.queries import Organisation

from ..models import Order, Response, Task
from ..models.task import serving

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
    return rows.filter(serving(of)) if of is not None else rows


def task(ctx: Context, pk: Any) -> Task:
    """Raises NotFound."""
    return Task.objects.select_related("organisation__region", "response", "incident").get_visible(ctx, pk=pk)


def my_tasks(ctx: Context, *, limit: int = 200) -> list[Task]:
    """Open tasks that rest on this very person's posts and organisations, what is late first."""
    return list(own_tasks(ctx).order_by(F("due_at").asc(nulls_last=True), "opened_at")[:limit])


def own_tasks(ctx: Context) -> LoopQuerySet:
    """The same, uncounted and in no order."""
    return tasks(ctx).open().filter(owner_keys__overlap=sorted(ctx.keys), state__in=RUNNING)


def task_counts(ctx: Context, found: list[Response]) -> dict[Any, dict[str, int]]:
    """{response id: {"total", "open", "late", "silent"}} over the tasks that this person may see, in one query.

    Counted are the tasks that stand on the board: of each card a member's latest, and those given by hand.
    """
    now = ctx.now()
    running = Q(state__in=RUNNING)
    seen = standing(ctx).filter(response__in=[r.pk for r in found])
    one_card = ("response_id", "organisation_id", "card")
    latest = seen.exclude(card="").order_by(*one_card, "-opened_at", "-pk").distinct(*one_card)
    rows = (
        seen.filter(Q(card="") | Q(pk__in=latest.values("pk")))
        .order_by()
        .values("response_id")
        .annotate(
            total=Count("pk"),
            open=Count("pk", filter=running),
            late=Count("pk", filter=running & Q(due_at__lte=now)),
            silent=Count("pk", filter=Q(state="issued")),
        )
    )
    counts = {row.pop("response_id"): row for row in rows}
    _count_shared(ctx, found, counts, now)
    return counts


def standing(ctx: Context) -> LoopQuerySet:
    """Tasks that this person may see and that were not withdrawn: asked for now, or done."""
    return Task.objects.visible_to(ctx).exclude(state="cancelled")


def _count_shared(ctx: Context, found: list[Response], counts: dict[Any, dict[str, int]], now: datetime) -> None:
    """Add the tasks of other responses that these ask for as well, also when they are done; where a response has given the card
    to the unit by itself since, that one is counted already."""
    asked = {r.pk for r in found}
    shared = list(
        standing(ctx)
        .filter(also_for__overlap=sorted(asked))
        .values_list("organisation_id", "card", "state", "due_at", "also_for")
    )
    own: set[tuple[Any, ...]] = set()
    if shared:
        rows = standing(ctx).filter(response__in=asked, card__in={card for _unit, card, *_rest in shared})
        own = set(rows.values_list("response_id", "organisation_id", "card"))
    for unit, card, state, due_at, also_for in shared:
        running = state in RUNNING
        for pk in asked & set(also_for):
            if (pk, unit, card) in own:
                continue
            one = counts.setdefault(pk, {"total": 0, "open": 0, "late": 0, "silent": 0})
            one["total"] += 1
            one["open"] += running
            one["late"] += running and due_at is not None and due_at <= now
            one["silent"] += state == "issued"


def beside(ctx: Context, of: Response) -> list[Response]:
    """All responses in force in the region of this one, itself among them, the highest level first; the highest rules."""
    rows = Response.objects.visible_to(ctx).open().filter(region=of.region)
    return list(rows.order_by("level_number", "started_at", "pk"))


@dataclass(frozen=True, slots=True)
class Cell:
    """`phase` shades the cell: late, open (not acknowledged), working, waiting (refused), done, ended. `task` is loaded only
    where the cell is shown in full."""

    id: UUID
    phase: str
    state: str
    task: Task | None = None


@dataclass(slots=True)
class Row:
    """One member with its cells, what is due first in front; `phases` counts them by phase."""

    organisation: Organisation
    cells: list[Cell] = field(default_factory=list)
    phases: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    total: int = 0

    @property
    def late(self) -> int:
        return self.phases["late"]

    @property
    def done(self) -> int:
        return self.phases["done"]


@dataclass(slots=True)
class Board:
    """Members as rows, the silent first; each one's cards as cells, what is due first. `loose`: tasks given by hand.

    A board of more than `WHOLE` cells is `folded`: its rows carry counts, their tasks are asked for with `row_of` when a row is
    opened, and `pressing` are the few latest of all members.
    """

    rows: list[Row]
    loose: list[Task]
    counts: dict[str, int]
    folded: bool = False
    pressing: list[Cell] = field(default_factory=list)


#: A board of so many cells is read at a glance and sent whole.
WHOLE = 150
PRESSING = 12
_PHASES = {
    "issued": "open",
    "acknowledged": "working",
    "done": "done",
    "refused": "waiting",
    "checked": "done",
    "cancelled": "ended",
}
_LIGHT = ("pk", "organisation_id", "card", "state", "closed_at", "due_at", "due_from_plan")


def phase_of(task: Task, now: datetime) -> str:
    return _phase(task.state, task.closed_at, task.due_at, now)


def _phase(state: str, closed_at: datetime | None, due_at: datetime | None, now: datetime) -> str:
    if state in RUNNING and closed_at is None and due_at is not None and due_at <= now:
        return "late"
    return _PHASES.get(state, "open")


def board(ctx: Context, of: Response, *, whole: int = WHOLE) -> Board:
    """The board in four queries, whatever the number of tasks. A department sees its own row only."""
    shown = _cells(ctx, of)
    members = Organisation.objects.in_bulk({member for member, _cell in shown})
    rows: dict[str, Row] = {}
    for member, cell in shown:
        row = rows.setdefault(member, Row(members[member]))
        row.cells.append(cell)
        row.phases[cell.phase] += 1
        row.total += cell.state != "cancelled"
        row.silent += cell.state == "issued"
    counts: Counter[str] = sum((r.phases for r in rows.values()), Counter())
    counts["silent"] = sum(r.silent for r in rows.values())
    counts["total"] = sum(r.total for r in rows.values())
    ranked = sorted(rows.values(), key=lambda r: (-r.late, -r.silent, r.done == r.total, r.organisation.code))
    loose = list(tasks(ctx, of=of).filter(card="").order_by(F("closed_at").desc(nulls_first=True), "due_at"))
    for task in loose:
        counts[phase_of(task, ctx.now())] += 1
        counts["silent"] += task.state == "issued"
        counts["total"] += task.state != "cancelled"
    if len(shown) > whole:
        late = [cell for _member, cell in shown if cell.phase == "late"][:PRESSING]
        return Board(ranked, loose, dict(counts), folded=True, pressing=_loaded(late))
    loaded = {cell.id: cell for cell in _loaded([cell for _member, cell in shown])}
    for row in ranked:
        row.cells = [loaded[cell.id] for cell in row.cells if cell.id in loaded]
    return Board(ranked, loose, dict(counts))


def row_of(ctx: Context, of: Response, member: str) -> list[Cell]:
    """All cells of one member in full, what is due first; empty when the person sees none."""
    return _loaded([cell for _member, cell in _cells(ctx, of, member=member)])


def _cells(ctx: Context, of: Response, *, member: str = "") -> list[tuple[str, Cell]]:
    """Cells that the person may see, by member, what is due first: the latest task of each card, without its words. One that was
    withdrawn is shown after the end, where the card has no other."""
    now = ctx.now()
    found = tasks(ctx, of=of).exclude(card="").order_by("opened_at", "pk")
    found = found.filter(organisation=member) if member else found
    rows = sorted(found.values_list(*_LIGHT), key=lambda row: row[3] != "cancelled")
    latest = {(row[1], row[2]): row for row in rows}
    shown = [row for row in latest.values() if row[3] != "cancelled" or of.closed_at]
    shown.sort(key=lambda row: (row[5] is None, row[5] or row[6], row[2]))
    return [(row[1], Cell(row[0], _phase(row[3], row[4], row[5], now), row[3])) for row in shown]


def _loaded(cells: list[Cell]) -> list[Cell]:
    """The same cells with their tasks; the caller has read the cells as the person sees them."""
    rows = Task.objects.unscoped("the cells were read as the person sees them").select_related("organisation")
    found = {task.pk: task for task in rows.filter(pk__in=[cell.id for cell in cells])}
    return [replace(cell, task=found[cell.id]) for cell in cells if cell.id in found]


def task_lines(response: Response) -> list[dict[str, Any]]:
    """The cards issued at the response's present level, as an order copies them: ``{"text", "organisations", "due_at"}``."""
    rows = Task.objects.unscoped("the order lists the tasks of its own response").filter(
        Q(response=response, level=response.level) | Q(also_for__contains=[response.pk]), closed_at__isnull=True
    )
    by_card: dict[str, dict[str, Any]] = {}
    ordered = rows.exclude(card="").select_related("organisation").order_by("due_from_plan", "card", "organisation_id")
    for task in ordered:
        first = {"text": task.text, "organisations": [], "due_at": task.due_from_plan.isoformat()}
        line = by_card.setdefault(task.card, first)
        if str(task.organisation) not in line["organisations"]:
            line["organisations"].append(str(task.organisation))
    return list(by_card.values())
