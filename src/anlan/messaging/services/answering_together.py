"""Many answers at once: a round rings everywhere in the same minute, and everywhere somebody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from anlan.kernel.announcing import announce_each
from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict, Refused
from anlan.kernel.loops import Move, transition_each
from anlan.kernel.loops.saving import save_columns
from anlan.places.queries import Person

from ..models import Call, CallAttempt, Delivery
from .answering import answer_call, answered_event, answering_attempt, answering_step


@dataclass(frozen=True, slots=True)
class Answer:
    """What `answer_call` is given, for one of many."""

    ctx: Context
    call: Call
    means: str = "app"
    note: str = ""


def answer_calls(answers: Sequence[Answer]) -> list[Any]:
    """`answer_call` for each (each call once), in one transaction and a handful of statements.

    Returns for each, in order, the call as it is now or the Refused that `answer_call` raises; one holds up no other.
    """
    with transaction.atomic():
        # All are locked at once and in the order in which the ladder locks them, so that nobody waits in a circle.
        rows = Call.objects.unscoped("the step checks each actor").select_for_update(of=("self",)).order_by("pk")
        now = dict(rows.filter(pk__in=[a.call.pk for a in answers]).values_list("pk", "state"))
        results: dict[Any, Any] = {}
        for step in ("answer", "answer_late"):
            given = [a for a in answers if answering_step(now.get(a.call.pk, "")) == step]
            moved = transition_each([Move(a.ctx, a.call, {"note": a.note}, _fields(a)) for a in given], step)
            results |= {a.call.pk: m for a, m in zip(given, moved, strict=True)}
            _follow_up([(a, m) for a, m in zip(given, moved, strict=True) if not isinstance(m, Refused)])
        return [_settled(a, results.get(a.call.pk)) for a in answers]


def _fields(answer: Answer) -> dict[str, str]:
    actor = answer.ctx.actor
    return {
        "answered_by": actor.name[:120], "answered_post": actor.post[:160], "answered_means": answer.means,
        "answered_note": answer.note[:500],
    }  # fmt: skip


def _settled(answer: Answer, result: Any) -> Any:
    """Whatever was not calling any more, or not by the time it was locked, goes the way of a single answer."""
    if result is not None and not isinstance(result, Conflict):
        return result
    try:
        return answer_call(answer.ctx, call=answer.call, means=answer.means, note=answer.note)
    except Refused as refused:
        return refused


def _follow_up(answered: Sequence[tuple[Answer, Call]]) -> None:
    """The attempts that were answered, the messages that were read with them, and the announcements."""
    named = [a.ctx.actor.key.partition(":") for a, _call in answered]
    people = {str(p.pk): p for p in Person.objects.filter(pk__in={v for kind, _sep, v in named if kind == "person"})}
    read_at: dict[tuple[Any, Any], datetime] = {}
    attempts = []
    for (a, call), (_kind, _sep, value) in zip(answered, named, strict=True):
        person = people.get(value)
        attempts.append(answering_attempt(a.ctx, call, person, means=a.means, note=a.note))
        if person is not None:
            read_at[call.round.message_id, person.pk] = a.ctx.now()
    CallAttempt.objects.bulk_create(attempts)
    unread = Delivery.objects.filter(
        message__in={message for message, _person in read_at}, person__in=people.values(), channel="app", read_at=None
    )
    read = [row for row in unread.select_for_update().order_by("pk") if (row.message_id, row.person_id) in read_at]
    for row in read:
        row.read_at, row.state = read_at[row.message_id, row.person_id], Delivery.State.READ
    save_columns(read, ("read_at", "state"))
    announce_each((a.ctx, answered_event(call, a.means), call.scope, call.shared_with) for a, call in answered)
