"""What a person must do now: the open obligations of every declared loop that rest on the person's posts, the late ones first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.fields import CharField, UUIDField

from anlan.kernel.asking import among, ask
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
class Owing:
    """What is owed of one loop: how many, how many of them late, and the first ones as (pk, due_at, opened_at)."""

    key: str
    total: int
    late: int
    heads: list[tuple[UUID, datetime | None, datetime]]


@dataclass(frozen=True, slots=True)
class TodoList:
    """`items` up to the limit; `total` and `late` count everything; `by_loop`: {loop key: (total, late)}."""

    items: list[Todo]
    total: int
    late: int
    by_loop: dict[str, tuple[int, int]]


def todos(
    ctx: Context, limit: int = 20, *, per_loop: int | None = None, without: Collection[str] = (),
    known: Mapping[str, Owing] | None = None,
) -> TodoList:  # fmt: skip
    """The person's obligations across all loops: one query to find them, one for each loop that has some on the list.

    `per_loop` lets no loop fill the list alone: a hundred calls of one kind do not hide the one report that must go up.
    Loops `without` are left out altogether. `known`: what `owing` said, when the caller has asked already.
    """
    asked = owing(ctx, per_loop or limit) if known is None else known
    found = [one for one in asked.values() if one.key not in without]
    first = sorted((head for one in found for head in one.heads), key=lambda h: (h[1] is None, h[1] or h[2], h[2]))[
        :limit
    ]
    wanted = {pk for pk, _due, _opened in first}
    records: dict[Any, LoopRecord] = {}
    for one in found:
        if chosen := [pk for pk, _due, _opened in one.heads if pk in wanted]:
            records |= {record.pk: record for record in ask(ctx, _records_of(one.key), ids=chosen)}
    now = ctx.now()
    items = [_todo(ctx, records[pk], now) for pk, _due, _opened in first if pk in records]
    by_loop = {one.key: (one.total, one.late) for one in found}
    return TodoList(items, sum(one.total for one in found), sum(one.late for one in found), by_loop)


@cache
def _records_of(key: str) -> Callable[[Context], LoopQuerySet]:
    """What asks for open records of a loop by their ids."""

    def records(ctx: Context) -> LoopQuerySet:
        rows: LoopQuerySet = model_of(key).objects.visible_to(ctx)
        return rows.open().with_relations().filter(among("pk", "ids", UUIDField()))

    return records


def owing(ctx: Context, per_loop: int = 20) -> dict[str, Owing]:
    """What the person owes by key of the loop, each with its first records; loops without any are absent."""
    found: dict[str, Owing] = {}
    for key, pk, due_at, opened_at, total, late in ask(ctx, _owed(per_loop)):
        found.setdefault(key, Owing(key, total, late, [])).heads.append((pk, due_at, opened_at))
    return found


@cache
def _owed(per_loop: int) -> Callable[[Context], QuerySet[Any]]:
    """What asks for the first records that are owed of every loop: to put it together costs several times what its answer costs."""

    def owed(ctx: Context) -> QuerySet[Any]:
        now = ctx.now()
        parts: list[Any] = [
            rows.order_by(F("due_at").asc(nulls_last=True), "opened_at")
            .annotate(
                todo_loop=Value(key, output_field=CharField()),
                todo_total=Window(Count("*")),
                todo_late=Window(Count("pk", filter=Q(due_at__lte=now))),
            )
            .values_list("todo_loop", "pk", "due_at", "opened_at", "todo_total", "todo_late")[:per_loop]
            for key in loops()
            if (rows := obligations(ctx, key)) is not None
        ]
        if not parts:
            raise EmptyResultSet
        head, *rest = parts
        return head.union(*rest, all=True) if rest else head  # type: ignore[no-any-return]

    return owed


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
