"""What messaging does when a deadline anywhere in the house has passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from anlan.events.loops import DeadlinePassed
from anlan.kernel.context import Context
from anlan.kernel.loops import ASSIGNEE, LoopRecord, loop_of, model_of
from anlan.kernel.reactions import reacts_to
from anlan.kernel.wording import words as _
from anlan.places.queries import keys_with_role, superiors_of

from . import steps  # noqa: F401 (says which service each button stands for)
from .loops import CALL
from .services import climb_calls, send


@reacts_to(DeadlinePassed)
def act_on_lateness(ctx: Context, event: DeadlinePassed) -> None:
    """Climb the ladders of unanswered calls; for everything else reach the person that the escalation names, once a rung."""
    if event.loop == CALL.key and event.state == CALL.initial:
        climb_calls(ctx)
        return
    record = model_of(event.loop).objects.in_world(ctx).filter(pk=event.record).first()
    if record is None or record.closed_at or record.state != event.state:
        return
    if event.loop == CALL.key:
        _tell_of_round(ctx, event, record)
        return
    send(
        ctx,
        text=_said(ctx, event),
        to_keys=_who(record, event),
        about=(event.loop, event.record, record.get_absolute_url()),
        scope=record.scope,
        urgent=event.rung > 1,
        dedupe=f"late:{event.record}:{event.state}:{event.due_at}:{event.rung}",
    )


def _tell_of_round(ctx: Context, event: DeadlinePassed, call: Any) -> None:
    """Calls of one round fall late together: said once for the round, each rung and each quarter of an hour."""
    quarter = int(datetime.fromisoformat(event.due_at).timestamp()) // 900
    waiting = call.round.calls(manager="everything").filter(state=event.state).count()
    send(
        ctx,
        text=_("【超时】叫应“%(why)s”：%(n)d 个地区“%(state)s”，还没有人办理")
        % {"why": call.round.why, "n": waiting, "state": call.state_label},
        to_keys=_who(call, event),
        about=("messaging.round", call.round_id, call.round.get_absolute_url()),
        scope=call.round.scope,
        urgent=True,
        channels=("app", "email"),
        dedupe=f"late:{call.round_id}:{event.state}:{event.rung}:{quarter}",
    )


def _said(ctx: Context, event: DeadlinePassed) -> str:
    """What the message says: a rung before the due time reminds, one after it chases."""
    state = loop_of(event.loop).state(event.state)
    due = datetime.fromisoformat(event.due_at)
    words = {
        "title": event.label, "state": state.label, "todo": state.todo or _("请尽快办理"),
        "due": localtime(due).strftime("%H:%M"),
    }  # fmt: skip
    if ctx.now() < due:
        return _("【提醒】%(title)s：“%(state)s”到 %(due)s 为止，%(todo)s") % words
    return _("【超时】%(title)s：“%(state)s”的时限 %(due)s 已过，%(todo)s") % words


def _who(record: LoopRecord, event: DeadlinePassed) -> list[str]:
    """Audience keys: those named, the assignees, or whoever holds the named role nearest above; failing that the owners' superiors."""
    if ":" in event.notify:
        return event.notify.split(",")
    if event.notify == ASSIGNEE or not event.notify:
        return list(record.owner_keys) or keys_with_role(record.owner_role, record.scope)
    return keys_with_role(event.notify, record.scope) or [p.key for p in superiors_of(record.owner_keys)]
