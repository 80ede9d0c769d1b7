"""An answer, by the person called or written down by the duty desk; and what follows when nobody answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from anlan.events.messaging import CallAnswered
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict
from anlan.kernel.loops import transition
from anlan.kernel.wording import words as _
from anlan.places.queries import Person, person_of

from ..models import Call, CallAttempt, Delivery
from .climbing import short_code

Which = Call | UUID | str


def answer_call(ctx: Context, *, call: Which, means: str = "app", note: str = "") -> Call:
    """The person called answers (`means`: app, phone). Answering twice is no error: the first answer stands.

    Raises NotFound for somebody else's call and NotAllowed for a post that was not called.
    """
    with transaction.atomic():
        record = _visible(ctx, call, locked=True)
        if record.state in ("answered", "answered_late", "reached"):
            return record
        step = answering_step(record.state) or "answer_late"
        moved: Call = transition(
            ctx, record, step, evidence={"note": note}, answered_by=ctx.actor.name[:120], answered_post=ctx.actor.post[:160],
            answered_means=means, answered_note=note[:500],
        )  # fmt: skip
        answering_attempt(ctx, moved, person_of(ctx), means=means, note=note).save(force_insert=True)
        _close_inbox(ctx, moved)
        _tell(ctx, moved, means)
    return moved


def answering_step(state: str) -> str:
    """The step by which a call in `state` is answered; empty when it asks for no answer."""
    return {"calling": "answer", "exhausted": "answer_late", "visiting": "answer_late"}.get(state, "")


def record_answer_by_hand(ctx: Context, *, call: Which, answered_by: str, how: str, note: str = "") -> Call:
    """The duty desk (or the street, for its communities) writes down who answered and how (`how`: see loops.HOW_HEARD)."""
    with transaction.atomic():
        record = _visible(ctx, call, locked=True)
        step = "record_answer" if record.state == "calling" else "record_late"
        moved: Call = transition(
            ctx, record, step, evidence={"answered_by": answered_by, "how": how, "note": note},
            answered_by=answered_by[:120], answered_means="by_hand", answered_note=note[:500],
        )  # fmt: skip
        _note_attempt(ctx, moved, channel=Delivery.Channel.BY_HAND, who=answered_by,
                      outcome=CallAttempt.Outcome.ANSWERED, note=_recorded_by(ctx, note))  # fmt: skip
        _close_inbox(ctx, moved)
        _tell(ctx, moved, "by_hand")
    return moved


def record_no_answer(ctx: Context, *, call: Which, who: str, note: str = "") -> CallAttempt:
    """The duty desk dialled and nobody picked up. The clock runs on; the attempt is kept."""
    record = _visible(ctx, call)
    ctx.require("messaging.call.record", record.scope)
    if record.state != "calling":
        raise Conflict(_("「%(title)s」现在是“%(state)s”") % {"title": record.headline, "state": record.state_label})
    with transaction.atomic():
        return _note_attempt(ctx, record, channel=Delivery.Channel.BY_HAND, who=who,
                             outcome=CallAttempt.Outcome.NO_ANSWER, note=_recorded_by(ctx, note))  # fmt: skip


def send_somebody(ctx: Context, *, call: Which, who: str, note: str = "") -> Call:
    """Nobody answered: somebody goes there."""
    return transition(ctx, _visible(ctx, call), "send_somebody", evidence={"who": who, "note": note})


def mark_reached(ctx: Context, *, call: Which, who: str, reached: str, note: str = "", photo: Any = None) -> Call:
    """Whoever was sent has met somebody responsible: the call ends with that evidence."""
    evidence = {"who": who, "reached": reached, "note": note, "photo": photo}
    with transaction.atomic():
        moved: Call = transition(
            ctx, _visible(ctx, call), "reach", evidence=evidence, answered_by=reached[:120], answered_means="in_person",
            answered_note=note[:500],
        )  # fmt: skip
        _note_attempt(ctx, moved, channel=Delivery.Channel.BY_HAND, who=reached, outcome=CallAttempt.Outcome.ANSWERED,
                      note=_("%(who)s 当面叫到") % {"who": who})  # fmt: skip
        _tell(ctx, moved, "by_hand")
    return moved


def withdraw_call(ctx: Context, *, call: Which, reason: str) -> Call:
    """The call is no longer needed; the reason is kept."""
    return transition(ctx, _visible(ctx, call), "withdraw", evidence={"reason": reason}, answered_note=reason[:500])


def _visible(ctx: Context, call: Which, *, locked: bool = False) -> Call:
    """`locked`: nobody else moves it before this transaction ends; two who answer at once come one after the other."""
    rows = Call.objects.select_for_update(of=("self",)) if locked else Call.objects
    found: Call = rows.select_related("round", "region").get_visible(
        ctx, pk=call.pk if isinstance(call, Call) else call
    )
    return found


def answering_attempt(ctx: Context, call: Call, person: Person | None, *, means: str, note: str) -> CallAttempt:
    """The attempt that was answered by the person called, unsaved."""
    channel = "app" if means == "app" else Delivery.Channel.PHONE
    outcome = CallAttempt.Outcome.ANSWERED
    return _attempt(ctx, call, person, channel=channel, who=ctx.actor.name, outcome=outcome, note=note)


def _note_attempt(ctx: Context, call: Call, *, channel: str, who: str, outcome: str, note: str) -> CallAttempt:
    row = _attempt(ctx, call, person_of(ctx), channel=channel, who=who, outcome=outcome, note=note)
    row.save(force_insert=True)
    return row


def _attempt(
    ctx: Context, call: Call, person: Person | None, *, channel: str, who: str, outcome: str, note: str
) -> CallAttempt:
    rung = call.rung_called() or {"post": "", "name": ""}
    return CallAttempt(
        call=call, person=person, person_name=who[:120], post=rung["post"], post_name=rung["name"], rung=call.rung_now,
        channel=channel, at=ctx.now(), outcome=outcome, detail=note[:300], simulated=ctx.actor.simulated,
    )  # fmt: skip


def _recorded_by(ctx: Context, note: str) -> str:
    return "；".join(part for part in (note, _("%(name)s登记") % {"name": ctx.actor.name}) if part)


def _close_inbox(ctx: Context, call: Call) -> None:
    """Whoever has answered has read the message."""
    person = person_of(ctx)
    if person is not None:
        unread = Delivery.objects.filter(message=call.round.message_id, person=person, channel="app", read_at=None)
        unread.update(read_at=ctx.now(), state=Delivery.State.READ)


def _tell(ctx: Context, call: Call, means: str) -> None:
    announce(ctx, answered_event(call, means), scope=call.scope, shared_with=call.shared_with)


def answered_event(call: Call, means: str) -> CallAnswered:
    return CallAnswered(
        round=str(call.round_id), call=str(call.pk), region=short_code(call), answered_by=call.answered_by, means=means
    )
