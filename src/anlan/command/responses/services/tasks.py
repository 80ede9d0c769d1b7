"""What assignees and the headquarters' office do with tasks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.events.command import TaskFigures
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops import open_records, transition
from anlan.kernel.loops.stepping import step_service
from anlan.messaging.services import send
from anlan.places.queries import Organisation

from ...models import Incident, Response, Task
from ..loops import CHECKERS, DUTY, FIGURES, LEADERS

CHASERS = (*CHECKERS, *DUTY, *LEADERS)
#: Chasing the same task again within so many minutes says nothing new.
CHASE_AGAIN_MIN = 5


@step_service("command.task", "acknowledge")
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
                figures={k: float(v) for k, v in fresh.items()},
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
    ctx: Context, *, text: str, organisations: Iterable[str], due_at: datetime, response: Response | None = None,
    incident: Incident | None = None,
) -> list[Task]:  # fmt: skip
    """Give the same task by hand to organisations (codes). Raises BadInput naming the field, NotAllowed for others'
    places, Conflict when the response or the incident has ended."""
    codes = list(dict.fromkeys(organisations))
    if not text.strip():
        raise BadInput(_("请写明要做什么"), field="text")
    if not codes:
        raise BadInput(_("请至少选择一个承担单位"), field="organisations")
    if due_at <= ctx.now():
        raise BadInput(_("完成时限已经过去"), field="due_at", mend=_("请填写晚于现在的时间"))
    known = Organisation.objects.select_related("region").in_bulk(codes)
    strange = [c for c in codes if c not in known]
    if strange:
        raise BadInput(_("没有这些单位：%(codes)s") % {"codes": "、".join(strange)}, field="organisations")
    for parent in (response, incident):
        if parent is not None and not parent.is_open:
            raise Conflict(
                _("“%(title)s”已%(state)s，不能再派任务") % {"title": parent, "state": parent.state_label},
                mend=_("请刷新后查看最新状态"),
            )
    within = max(1, int((due_at - ctx.now()).total_seconds() // 60))
    with transaction.atomic():
        tasks = open_records(ctx, Task, [
            {
                "scope": o.region.path, "shared_with": [o.key], "owner_keys": [o.key], "organisation": o, "text": text.strip(),
                "response": response, "incident": incident, "level": response.level if response else "",
                "issued_by": f"{ctx.actor.name}（{ctx.actor.post}）"[:160] if ctx.actor.post else ctx.actor.name,
                "due_from_plan": due_at, "within_min": within,
            }
            for o in (known[c] for c in codes)
        ])  # fmt: skip
        for task in tasks:
            send(
                ctx, text=_("新任务（%(due)s前）：%(text)s") % {"due": localtime(due_at).strftime("%m-%d %H:%M"), "text": text.strip()},
                to_keys=task.owner_keys, about=("command.task", task.pk, task.get_absolute_url()), scope=task.scope,
                dedupe=f"task:{task.pk}",
            )  # fmt: skip
    return tasks


def chase_late(ctx: Context, response: Response) -> int:
    """One press: remind every assignee of the response whose task is late, one message each; returns how many tasks."""
    if not any(ctx.holds(role, response.scope) for role in CHASERS):
        raise NotAllowed(_("只有指挥部办公室、值班室和指挥人员可以催办"))
    now = ctx.now()
    late = list(
        Task.objects.visible_to(ctx).open().filter(response=response, state__in=("issued", "acknowledged"), due_at__lte=now)
        .select_related("organisation")
    )  # fmt: skip
    chased = 0
    with transaction.atomic():
        for task in late:
            minutes = int((now - (task.due_at or now)).total_seconds() // 60)
            said = send(
                ctx, text=_("【催办】%(text)s：“%(state)s”已超时 %(n)d 分钟，请立即办理")
                % {"text": task.text, "state": task.state_label, "n": minutes},
                to_keys=task.owner_keys, about=("command.task", task.pk, task.get_absolute_url()), scope=task.scope,
                urgent=True, dedupe=f"chase:{task.pk}:{int(now.timestamp()) // (CHASE_AGAIN_MIN * 60)}",
            )  # fmt: skip
            if said is not None:
                chased += 1
                auditing.record(
                    ctx, action="command.task.chase", label=_("催办"), object_type="command.task", object_id=task.pk,
                    scope=task.scope, data={"late_minutes": minutes},
                )  # fmt: skip
    return chased
