"""Reactions, room by room: each room reads the stream at its own pace and holds up no other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import msgspec
from django.db import OperationalError
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext

from anlan.kernel import reactions
from anlan.kernel.outages import is_outage

from .bus import room_consumer
from .threads import in_thread
from .timers import caught_up

log = logging.getLogger("anlan.engine.rooms")

#: After so many tries a delivery is put aside for a person and the room goes on.
ATTEMPTS = 4


class StatementFailed(Exception):
    """The database is there and does not carry out what a reaction asks for: a failure of the reaction like any other."""


async def run_room(js: JetStreamContext, room: str, subjects: list[str], stop: asyncio.Event) -> None:
    """Deliver in order; retry with growing pauses; then keep the failure and continue."""
    sub = await room_consumer(js, room, subjects)
    while not stop.is_set():
        await caught_up()
        try:
            messages = await sub.fetch(64, timeout=1.0)
        except (NatsTimeout, TimeoutError):
            continue
        except Exception as error:
            log.warning("%s waits for the bus: %s", room, error)
            await asyncio.sleep(1)
            continue
        await _deliver_all(room, messages, stop)


async def _deliver_all(room: str, messages: Sequence[Msg], stop: asyncio.Event) -> None:
    """All that was fetched, in order, in as few turns of the room's thread as there are failures."""
    events = [msgspec.json.decode(message.data)["event"] for message in messages]
    begin = 0
    while begin < len(events) and not stop.is_set():
        done = begin + await in_thread(f"room-{room}", _run, room, events[begin:], stop.is_set)
        for message in messages[begin:done]:
            await message.ack()
        if done < len(events) and not stop.is_set():
            await _deliver(room, events[done])
            await messages[done].ack()
            done += 1
        begin = done


async def _deliver(room: str, event: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await in_thread(f"room-{room}", _run_one, room, event)
            return
        except Exception as error:
            log.exception("%s: reaction to %s failed (%s/%s)", room, event, attempt, ATTEMPTS)
            if attempt == ATTEMPTS:
                await in_thread(f"room-{room}", _put_aside, room, event, error)
            else:
                await asyncio.sleep(min(0.1 * 3**attempt, 5))


def _run(room: str, events: list[str], stopped: Callable[[], bool]) -> int:
    return reactions.deliver_in_order(events, room=room, stopped=stopped)


def _run_one(room: str, event: str) -> None:
    try:
        row = reactions.event_row(event)
        if row is not None:
            reactions.deliver(row, room=room)
    except OperationalError as error:
        if is_outage(error):
            raise
        # Under another name: an OperationalError would be waited out, and this one may come back every time.
        raise StatementFailed(str(error)) from error


def _put_aside(room: str, event: str, error: Exception) -> None:
    row = reactions.event_row(event)
    if row is not None:
        reactions.note_failure(row, room, error, ATTEMPTS)
