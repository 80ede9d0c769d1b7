"""What a person must do now: the open obligations of every declared loop that rest on the person's posts, the late ones first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.fields import CharField

from anlan.kernel.context import Context

from .declaration import ASSIGNEE, Loop, State, Step
from .record import LoopQuerySet, LoopRecord
from .registry import loops, model_of
from .services import available_steps


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: the record, its page, when it is due, whether it is late, and the one main step (None: only look)."""

    record: LoopRecord
    url: str
    due_at: datetime | None
    late: bool
    step: Step | None

    @property
    def text(self) -> str:
        return self.record.headline

    @property
    def asked(self) -> Any:
        return self.record.todo or self.record.state_label


@dataclass(frozen=True, slots=True)
class TodoList:
    """`items` up to the limit; `total` and `late` count everything; `by_loop`: {loop key: (total, late)}."""

    items: list[Todo]
    total: int
    late: int
    by_loop: dict[str, tuple[int, int]]


def todos(ctx: Context, limit: int = 20, *, per_loop: int | None = None, without: Collection[str] = ()) -> TodoList:
    """The person's obligations across all loops: two queries to find them, one for each loop that has some on the list.

    `per_loop` lets no loop fill the list alone: a hundred calls of one kind do not hide the one report that must go up.
    Loops `without` are left out altogether.
    """
    asked = {key: rows for key in loops() if key not in without and (rows := obligations(ctx, key)) is not None}
    if not asked:
        return TodoList([], 0, 0, {})
    now = ctx.now()
    counts = [
        rows.order_by()
        .annotate(todo_loop=Value(key, output_field=CharField()))
        .values("todo_loop")
        .annotate(total=Count("pk"), late=Count("pk", filter=Q(due_at__lte=now)))
        for key, rows in asked.items()
    ]
    by_loop = {r["todo_loop"]: (r["total"], r["late"]) for r in _united(counts) if r["total"]}
    heads = [
        rows.filter(
            pk__in=rows.order_by(F("due_at").asc(nulls_last=True), "opened_at").values("pk")[: per_loop or limit]
        )
        .order_by()
        .annotate(todo_loop=Value(key, output_field=CharField()))
        .values_list("todo_loop", "pk", "due_at", "opened_at")
        for key, rows in asked.items()
        if key in by_loop
    ]
    first = sorted(_united(heads), key=lambda row: (row[2] is None, row[2] or row[3], row[3]))[:limit] if heads else []
    records: dict[Any, LoopRecord] = {}
    for key in {row[0] for row in first}:
        rows = asked[key].with_relations().filter(pk__in=[row[1] for row in first if row[0] == key])
        records |= {record.pk: record for record in rows}
    items = [_todo(ctx, records[pk], now) for _key, pk, _due, _opened in first if pk in records]
    total, late = sum(t for t, _l in by_loop.values()), sum(late for _t, late in by_loop.values())
    return TodoList(items, total, late, by_loop)


def obligations(ctx: Context, key: str) -> LoopQuerySet | None:
    """Open records of a loop whose present obligation rests on this person; None when no post of theirs ever could.

    It rests on the record's assignees where the main step of the state is theirs, and on the holders of the state's owner role
    where some step of the state is open to that role.
    """
    loop, model = loops()[key], model_of(key)
    if not model.view_permission:
        return None
    reach: list[Q] = []
    mine = [s.name for s in loop.states if not s.final and _by_assignee(loop, s)]
    if mine and ctx.keys:
        reach.append(Q(state__in=mine, owner_keys__overlap=sorted(ctx.keys)))
    for state in loop.states:
        if (
            state.final
            or state.owner == ASSIGNEE
            or _only_watched(loop, state)
            or not _open_to(loop, state, state.owner)
        ):
            continue
        paths = {g.path for g in ctx.grants if g.role == state.owner}
        # Who owes it is said by the record: one of this state may have been laid on somebody else.
        reach += [Q(state=state.name, owner_role=state.owner, scope__startswith=path) for path in paths]
    if not reach:
        return None
    return model.objects.visible_to(ctx).open().filter(reduce(or_, reach)).filter(model.owed)


def _by_assignee(loop: Loop, state: State) -> bool:
    # A main step that is automatic is taken on the record's own page, with a form of its own: it is owed like any other.
    steps = [s for s in loop.steps_from(state.name) if ASSIGNEE in s.may and (s.main or not s.automatic)]
    return bool(steps) and (state.owner == ASSIGNEE or any(s.main for s in steps))


def _only_watched(loop: Loop, state: State) -> bool:
    """Nothing is owed in a state without a clock whose steps are all ways out: it ends by itself."""
    return bool(state.timeless) and not any(s.main for s in loop.steps_from(state.name))


def _open_to(loop: Loop, state: State, role: str) -> bool:
    return any(role in s.may and not s.automatic for s in loop.steps_from(state.name))


def _todo(ctx: Context, record: LoopRecord, now: datetime) -> Todo:
    steps = available_steps(ctx, record)
    # A way out (an alarm judged false, a report only noted) is never offered as the thing to do, even when it is the only step.
    step = steps[0] if steps and steps[0].main else None
    return Todo(record, record.get_absolute_url(), record.due_at, record.is_late(now), step)


def _united(parts: list[QuerySet[Any]]) -> list[Any]:
    head, *rest = parts
    return list(head.union(*rest, all=True) if rest else head)
