"""What a room does when another one announces. Delivery is at least once; a reaction runs once.

The reaction, its inbox row and everything it changes commit together, so a redelivery after a crash finds the inbox row
and does nothing.
"""

from __future__ import annotations

import logging
import traceback
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from anlan.events.base import Event, decode

from . import clock
from .context import Context, system
from .models import FailedReaction, Inbox, Outbox
from .outages import is_outage
from .wording import own_language

log = logging.getLogger("anlan.reactions")
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Reaction:
    """`room` is the consuming app label: each room is a consumer of its own, so one that fails holds up no other.

    `when(event)` tells from the event alone whether it concerns the reaction; one that does not costs no transaction.
    """

    name: str
    room: str
    event: type[Event]
    run: Callable[[Context, Any], None]
    when: Callable[[Any], bool] | None = None

    def concerns(self, event: Event) -> bool:
        return self.when is None or self.when(event)


_REACTIONS: dict[str, list[Reaction]] = defaultdict(list)


def reacts_to(
    event: type[E], *, when: Callable[[E], bool] | None = None
) -> Callable[[Callable[[Context, E], None]], Callable[[Context, E], None]]:
    """Declare a reaction: ``@reacts_to(SignalRaised) def propose_response(ctx, event): ...`` in a room's `reactions.py`.

    `when` leaves out events that the reaction would do nothing about; it may look at the event only.
    """

    def register(run: Callable[[Context, E], None]) -> Callable[[Context, E], None]:
        room = run.__module__.split(".")[1]
        name = f"{room}.{run.__name__}"
        if any(r.name == name for rs in _REACTIONS.values() for r in rs):
            raise ValueError(f"reaction {name} is declared twice")
        _REACTIONS[event.subject].append(Reaction(name, room, event, run, when))
        return run

    return register


def rooms() -> dict[str, list[str]]:
    """Subjects that each room reacts to."""
    found: dict[str, set[str]] = defaultdict(set)
    for subject, reactions in _REACTIONS.items():
        for reaction in reactions:
            found[reaction.room].add(subject)
    return {room: sorted(subjects) for room, subjects in sorted(found.items())}


def reactions_to(subject: str, room: str | None = None) -> list[Reaction]:
    return [r for r in _REACTIONS.get(subject, []) if room in (None, r.room)]


def deliver(row: Outbox, *, room: str | None = None, done: Collection[str] | None = None) -> int:
    """Run the reactions of `room` (or of all rooms) to one event; returns how many ran now.

    `done`: names of reactions that are known to have run for it; looked up when it is not given. Raises what a reaction
    raised: the caller decides about retrying.
    """
    wanted = reactions_to(row.subject, room)
    if not wanted:
        return 0
    event = decode(row.subject, row.payload)
    return sum(_run_once(reaction, row, event, done) for reaction in wanted if reaction.concerns(event))


def deliver_in_order(events: Sequence[str], *, room: str, stopped: Callable[[], bool]) -> int:
    """Deliver events (ids) to a room one after the other until one fails or `stopped()`; returns how many are done.

    Those that are no longer there count as done. The one that failed is logged; nothing of it stays.
    """
    rows = {str(row.event): row for row in Outbox.objects.filter(event__in=events)}
    ran: dict[str, set[str]] = defaultdict(set)
    for seen in Inbox.objects.filter(event__in=list(rows)):
        ran[str(seen.event)].add(seen.reaction)
    for index, event in enumerate(events):
        if stopped():
            return index
        row = rows.get(event)
        try:
            if row is not None:
                deliver(row, room=room, done=ran[event])
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("%s: reaction to %s", room, event)
            return index
    return len(events)


def _run_once(reaction: Reaction, row: Outbox, event: Event, done: Collection[str] | None) -> bool:
    seen = Inbox.objects.filter(reaction=reaction.name, event=row.event)
    if seen.exists() if done is None else reaction.name in done:
        return False
    ctx = system(reaction.name, world=row.world_id, cause=f"event:{row.event}")
    if ctx.is_exercise:
        # Read once: whatever one reaction does is done by one reading of the clock.
        ctx = replace(ctx, reading=clock.read(row.world_id))
    try:
        # The platform acts here, also when somebody's own request set it going.
        with own_language(), transaction.atomic():
            Inbox.objects.create(reaction=reaction.name, event=row.event, at=clock.real_now())
            reaction.run(ctx, event)
    except IntegrityError:
        # A twin delivery may have won the inbox row; anything else is a real failure.
        if seen.exists():
            return False
        raise
    return True


def note_failure(row: Outbox, room: str, error: Exception, attempts: int) -> None:
    """Keep a failed delivery for a person; the reactions of the room that did run stay done."""
    now = clock.real_now()
    for reaction in reactions_to(row.subject, room):
        if not _concerns(reaction, row):
            continue
        if not Inbox.objects.filter(reaction=reaction.name, event=row.event).exists():
            text = "".join(traceback.format_exception(error))[-8000:]
            FailedReaction.objects.update_or_create(
                reaction=reaction.name,
                event=row,
                defaults={"error": text, "attempts": attempts, "last_at": now, "resolved_at": None},
                create_defaults={"error": text, "attempts": attempts, "first_at": now, "last_at": now},
            )


def _concerns(reaction: Reaction, row: Outbox) -> bool:
    try:
        return reaction.concerns(decode(row.subject, row.payload))
    except Exception:
        return True  # What cannot be read has failed for everybody who listens.


def retry_failed(failed: FailedReaction) -> bool:
    """Run a kept failure again; returns True when it is resolved."""
    room = failed.reaction.split(".")[0]
    deliver(failed.event, room=room)
    failed.resolved_at = clock.real_now()
    failed.save(update_fields=["resolved_at"])
    return True


def drain(limit: int = 10_000) -> int:
    """Deliver everything that is waiting, in this process, until nothing is left. For tests and for command-line work.

    The engine does the same over the bus; the inbox makes both harmless together.
    """
    from .announcing import mark_published, take_positions

    done = 0
    while done < limit and (rows := take_positions()):
        for row in rows:
            deliver(row)
            mark_published([row.pk])
            done += 1
    return done


def event_row(event: uuid.UUID | str) -> Outbox | None:
    return Outbox.objects.filter(event=event).first()
