"""What assignees and the headquarters' office do with tasks."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from anlan.events.command import TaskFigures
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed
from anlan.kernel.loops import Move, transition, transition_each
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import words as _
from anlan.messaging.services import send

from ...models import Incident, Response, Task
from ...models.task import serving
from ..instructions.giving import give_instruction
from ..loops import CHECKERS, DUTY, FIGURES, LEADERS

CHASERS = (*CHECKERS, *DUTY, *LEADERS)
#: Chasing the same task again within so many minutes says nothing new.
CHASE_AGAIN_MIN = 5
#: Late tasks told one by one in a message; of the others only the number is said.
MOST_LISTED = 8


def acknowledge_each(taken: Sequence[tuple[Context, Task, dict[str, Any]]]) -> list[Any]:
    """签收 of many tasks, each by its own people; returns for each the task or what stands against it."""
    moves = [Move(ctx, task, evidence, {"acknowledged_at": ctx.now()}) for ctx, task, evidence in taken]
    return transition_each(moves, "acknowledge")


@step_service("command.task", "acknowledge", each=acknowledge_each)
def acknowledge(ctx: Context, task: Task, evidence: dict[str, Any]) -> Task:
    """签收: from now on the clock of the task itself runs."""
    return transition(ctx, task, "acknowledge", evidence=evidence, acknowledged_at=ctx.now())


@step_service("command.task", "report")
def report_progress(ctx: Context, task: Task, evidence: dict[str, Any]) -> Task:
    """反馈进展, with figures; a figure not given stays as it was, for unknown is not zero."""
    return _feed_back(ctx, task, "report", evidence, {})


@step_service("command.task", "finish")
def finish(ctx: Context, task: Task, evidence: dict[str, Any]) -> Task:
    return _feed_back(ctx, task, "finish", evidence, {"finished_at": ctx.now()})


def _feed_back(ctx: Context, task: Task, step: str, evidence: dict[str, Any], fields: dict[str, Any]) -> Task:
    with transaction.atomic():
        fresh = {spec.name: n for spec in FIGURES if (n := _whole(evidence.get(spec.name))) is not None}
        done = transition(
            ctx, task, step, evidence=evidence, latest=str(evidence.get("text") or ""), latest_at=ctx.now(),
            figures={**task.figures, **fresh}, **fields,
        )  # fmt: skip
        if fresh:
            event = TaskFigures(
                task=str(done.pk), response=str(done.response_id or ""), region=done.organisation.region.short_code,
                figures={k: float(v) for k, v in fresh.items()}, by=ctx.actor.name, simulated=ctx.actor.simulated,
            )  # fmt: skip
            announce(ctx, event, scope=done.scope, shared_with=done.shared_with)
    return done


def _whole(value: Any) -> int | None:
    """What the form brought, where it is a whole number; anything else is refused by the step itself."""
    try:
        return int(value) if value not in (None, "") else None
    except (TypeError, ValueError):
        return None


def issue_tasks(
    ctx: Context, *, text: str, organisations: Iterable[str], due_at: datetime | None = None, minutes: int | None = None,
    response: Response | None = None, incident: Incident | None = None,
) -> list[Task]:  # fmt: skip
    """Give the same task by hand to organisations (codes), to be done by `due_at` or within `minutes`.

    For an incident only organisations of its district may be asked. Raises BadInput naming the field, NotAllowed for
    others' places, Conflict when the response or the incident has ended.
    """
    codes = list(dict.fromkeys(organisations))
    made = give_instruction(
        ctx, text=text, asked=[f"org:{code}" for code in codes], due_at=due_at, minutes=minutes, response=response,
        incident=incident,
    )  # fmt: skip
    rows = Task.objects.in_world(ctx).filter(instruction=made).select_related("organisation__region")
    found = {t.organisation_id: t for t in rows}
    return [found[code] for code in codes]


def chase_late(ctx: Context, response: Response) -> int:
    """One press: remind every assignee of the response whose tasks are late, in one message each; returns how many tasks."""
    if not any(ctx.holds(role, response.scope) for role in CHASERS):
        raise NotAllowed(_("只有指挥部办公室、值班室和指挥人员可以催办"))
    now = ctx.now()
    late = (
        Task.objects.visible_to(ctx).open().filter(serving(response), state__in=("issued", "acknowledged"), due_at__lte=now)
        .select_related("organisation").order_by("due_at", "pk")
    )  # fmt: skip
    groups: dict[tuple[str, ...], list[Task]] = defaultdict(list)
    for task in late:
        groups[task.organisation_id, *sorted(task.owner_keys)].append(task)
    chased = 0
    with transaction.atomic():
        for tasks in groups.values():
            if not _remind(ctx, response, tasks, now):
                continue
            chased += len(tasks)
            for task in tasks:
                auditing.record(
                    ctx, action="command.task.chase", label=_("催办"), object_type="command.task", object_id=task.pk,
                    scope=task.scope, data={"late_minutes": _late(task, now)},
                )  # fmt: skip
    return chased


def _remind(ctx: Context, response: Response, tasks: list[Task], now: datetime) -> bool:
    """One message for all late tasks of one assignee, the longest overdue first; False when it was said a moment ago."""
    first = tasks[0]
    if len(tasks) == 1:
        text: str = _("【催办】%(text)s：“%(state)s”已超时 %(n)d 分钟，请立即办理") % {
            "text": first.text, "state": first.state_label, "n": _late(first, now),
        }  # fmt: skip
        about = ("command.task", first.pk, first.get_absolute_url())
    else:
        lines = [
            _("%(i)d. %(text)s（%(state)s，超时 %(n)d 分钟）")
            % {"i": i, "text": t.text[:60], "state": t.state_label, "n": _late(t, now)}
            for i, t in enumerate(tasks[:MOST_LISTED], 1)
        ]
        if len(tasks) > MOST_LISTED:
            lines.append(_("另有 %(n)d 项") % {"n": len(tasks) - MOST_LISTED})
        head = _("【催办】%(who)s有 %(n)d 项任务超时，请立即办理：") % {"who": first.organisation, "n": len(tasks)}
        text = "\n".join([head, *lines])
        about = ("command.response", response.pk, response.get_absolute_url())
    named = hashlib.sha256(" ".join(sorted(str(t.pk) for t in tasks)).encode()).hexdigest()[:16]
    said = send(
        ctx, text=text, to_keys=first.owner_keys, about=about, scope=first.scope, urgent=True,
        dedupe=f"chase:{first.organisation_id}:{named}:{int(now.timestamp()) // (CHASE_AGAIN_MIN * 60)}",
    )  # fmt: skip
    return said is not None


def _late(task: Task, now: datetime) -> int:
    return int((now - (task.due_at or now)).total_seconds() // 60)
