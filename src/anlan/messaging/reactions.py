"""What messaging does when a deadline anywhere in the house has passed."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
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
    state, keys = loop_of(event.loop).state(event.state), _who(record, event)
    whole = getattr(record, state.together) if state.together else None
    send(
        ctx,
        text=_said(ctx, event) if whole is None else _said_of_whole(ctx, event, record, whole),
        to_keys=keys,
        about=record.about if whole is None else whole.about,
        scope=record.scope if whole is None else whole.scope,
        urgent=event.rung > 1 or any(rung.urgent for rung in state.escalate[:1]),
        dedupe=_occasion(event) if whole is None else _occasion_of_whole(event, whole, keys),
    )


def _occasion(event: DeadlinePassed) -> str:
    return f"late:{event.record}:{event.state}:{event.due_at}:{event.rung}"


def _occasion_of_whole(event: DeadlinePassed, whole: Any, keys: list[str]) -> str:
    """The same people hear of a whole once for each rung and quarter of an hour, however many of its records fall late."""
    quarter = int(datetime.fromisoformat(event.due_at).timestamp()) // 900
    people = sha256(",".join(sorted(keys)).encode()).hexdigest()[:12]
    return f"late:{whole.pk}:{event.state}:{event.rung}:{quarter}:{people}"


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


def _said_of_whole(ctx: Context, event: DeadlinePassed, record: LoopRecord, whole: Any) -> str:
    """How many of the whole fall due with this one, or have before."""
    loop, due = loop_of(event.loop), datetime.fromisoformat(event.due_at)
    state = loop.state(event.state)
    late = type(record).objects.in_world(ctx).filter(state=state.name, due_at__lte=max(due, ctx.now()))
    words = {
        "loop": loop.title, "whole": str(whole), "n": late.filter(**{state.together: whole}).count(), "state": state.label,
        "todo": state.todo or _("请尽快办理"), "due": localtime(due).strftime("%H:%M"),
    }  # fmt: skip
    if ctx.now() < due:
        return _("【提醒】%(loop)s“%(whole)s”：%(n)d 项“%(state)s”到 %(due)s 为止，%(todo)s") % words
    return _("【超时】%(loop)s“%(whole)s”：%(n)d 项“%(state)s”已过时限，%(todo)s") % words


def _who(record: LoopRecord, event: DeadlinePassed) -> list[str]:
    """Audience keys: those named, the assignees, or whoever holds the named role nearest above; failing that the owners' superiors."""
    if ":" in event.notify:
        return event.notify.split(",")
    if event.notify == ASSIGNEE or not event.notify:
        return list(record.owner_keys) or keys_with_role(record.owner_role, record.scope)
    return keys_with_role(event.notify, record.scope) or [p.key for p in superiors_of(record.owner_keys)]
