"""Reactions, room by room: each room reads the stream at its own pace and holds up no other."""

from __future__ import annotations

import asyncio
import logging

import msgspec
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext

from anlan.kernel import reactions

from .bus import room_consumer
from .threads import in_thread

log = logging.getLogger("anlan.engine.rooms")

#: After so many tries a delivery is put aside for a person and the room goes on.
ATTEMPTS = 4


async def run_room(js: JetStreamContext, room: str, subjects: list[str], stop: asyncio.Event) -> None:
    """Deliver in order; retry with growing pauses; then keep the failure and continue."""
    sub = await room_consumer(js, room, subjects)
    while not stop.is_set():
        try:
            messages = await sub.fetch(64, timeout=1.0)
        except (NatsTimeout, TimeoutError):
            continue
        except Exception as error:
            log.warning("%s waits for the bus: %s", room, error)
            await asyncio.sleep(1)
            continue
        for message in messages:
            if stop.is_set():
                return
            await _deliver(room, msgspec.json.decode(message.data)["event"])
            await message.ack()


async def _deliver(room: str, event: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await in_thread(f"room-{room}", _run, room, event)
            return
        except Exception as error:
            log.exception("%s: reaction to %s failed (%s/%s)", room, event, attempt, ATTEMPTS)
            if attempt == ATTEMPTS:
                await in_thread(f"room-{room}", _put_aside, room, event, error)
            else:
                await asyncio.sleep(min(0.1 * 3**attempt, 5))


def _run(room: str, event: str) -> None:
    row = reactions.event_row(event)
    if row is not None:
        reactions.deliver(row, room=room)


def _put_aside(room: str, event: str, error: Exception) -> None:
    row = reactions.event_row(event)
    if row is not None:
        reactions.note_failure(row, room, error, ATTEMPTS)
