"""The engine's part: hears of events as they are published, from the relay beside it and over the bus, and has each subscription
served by a task of its own.

A slow or dead receiver holds up nobody else. Killed at any instant, it goes on from what was written down last: what was sent and not
yet written down is sent again, with the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from typing import Any

import msgspec

from anlan.events.access import AccessChanged
from anlan.events.loops import LoopStepped
from anlan.events.webhooks import WebhookAsked
from anlan.kernel.engine.bus import PREFIX, connect
from anlan.kernel.engine.relay import hearing
from anlan.kernel.engine.threads import in_thread

from . import noting
from .asked import AskedFor
from .feed import Feed
from .loops import WEBHOOK
from .models import Subscription
from .queries import head
from .rights import asks_for
from .sending import Sender
from .serving import Served

log = logging.getLogger("anlan.engine.webhooks")
THREAD, NOTES = "webhooks", "webhook-notes"
#: Seconds between looks for what the bus did not bring, between writings of idle positions, and between clearings of old attempts.
LOOK_S, SAVE_S, FORGET_S = 1.0, 5.0, 3600.0


class Dispatcher:
    """Everything that one engine holds about subscriptions."""

    def __init__(self, feed: Feed, sender: Sender, stop: asyncio.Event) -> None:
        self.feed, self.sender, self.stop = feed, sender, stop
        self.served: dict[uuid.UUID, Served] = {}
        self.notes: dict[uuid.UUID, noting.Note] = {}
        self.to_note = asyncio.Event()
        self.to_load = asyncio.Event()
        self.asked = AskedFor(sender)
        #: Counts up with every event after which somebody's rights may be others.
        self.doubts = 0

    async def take_message(self, message: Any) -> None:
        self.hear(message.data)

    def hear(self, message: bytes) -> None:
        """An event as it travels; the same one comes by more than once."""
        self.take(self.feed.take(msgspec.json.decode(message)))

    def take(self, notices: list[dict[str, Any]]) -> None:
        """Look at each event once: does it change who is served, and who wants it?"""
        for notice in notices:
            subject = notice["subject"]
            if subject == AccessChanged.subject:
                self.doubts += 1
            elif subject == WebhookAsked.subject:
                self._hurry(notice["payload"]["subscription"])
                self.to_load.set()
            elif subject == LoopStepped.subject and notice["payload"]["loop"] == WEBHOOK.key:
                self.to_load.set()
            for served in self.served.values():
                if asks_for(served.subscription, notice):
                    served.wake.set()

    def _hurry(self, subscription: str) -> None:
        """Somebody has just looked after the receiver: what waits for a pause is tried now."""
        served = self.served.get(uuid.UUID(subscription))
        if served is not None:
            served.hurry.set()

    def note_of(self, pk: uuid.UUID) -> noting.Note:
        """Where to put what has happened; it is written down soon."""
        self.to_note.set()
        return self.notes.setdefault(pk, noting.Note())

    async def load(self) -> None:
        """Serve whoever is to be served now by how it is registered now, and nobody else."""
        found = {s.pk: s for s in await in_thread(THREAD, noting.active)}
        for pk in set(self.served) - set(found):
            served = self.served.pop(pk)
            served.cancel()
            if pk in self.notes:
                served.fill(self.notes[pk])
        for pk, subscription in found.items():
            if pk in self.served and not self.served[pk].done:
                self.served[pk].renew(subscription)
            else:
                self.served[pk] = self._serve(subscription)
        self.asked.look()

    def _serve(self, subscription: Subscription) -> Served:
        served = Served(self, subscription)
        served.start()
        return served

    async def keep_loaded(self) -> None:
        while not self.stop.is_set():
            await _wait(self.to_load, 30.0)
            self.to_load.clear()
            await self.load()

    async def keep_noted(self) -> None:
        """Write down what has gathered; while that lasts more gathers, and nobody waits for it."""
        while not self.stop.is_set():
            await _wait(self.to_note, SAVE_S)
            await self.write()

    async def write(self) -> None:
        self.to_note.clear()
        for pk, served in self.served.items():
            if served.is_idle and served.noted < self.feed.head:
                served.position = served.noted = self.feed.head
                self.note_of(pk)
        notes, self.notes = self.notes, {}
        self.to_note.clear()
        for pk, note in notes.items():
            if pk in self.served:
                self.served[pk].fill(note)
        if notes:
            await in_thread(NOTES, noting.write, notes)

    async def keep_whole(self) -> None:
        """Read from the outbox what the bus did not bring: it was away, or a message was lost on the way."""
        while not self.stop.is_set():
            await asyncio.sleep(0.05 if self.feed.has_gap else LOOK_S)
            while self.feed.head < await in_thread(THREAD, head):
                missed = await in_thread(THREAD, noting.read_since, self.feed.head)
                self.take(self.feed.fill(missed))

    async def keep_short(self) -> None:
        while not self.stop.is_set():
            if gone := await in_thread(NOTES, noting.forget_old):
                log.info("%s old attempts forgotten", gone)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), FORGET_S)

    async def close(self) -> None:
        for served in self.served.values():
            served.cancel()
        self.asked.cancel()
        await self.write()


async def run_webhooks(stop: asyncio.Event) -> None:
    """The runner of the engine. Ends with it; fails as a whole when one part fails, and is then started again."""
    sender = Sender()
    nc = await connect("anlan-webhooks")
    dispatcher = Dispatcher(Feed(await in_thread(THREAD, head)), sender, stop)
    await nc.subscribe(PREFIX + ">", cb=dispatcher.take_message)
    parts = (dispatcher.keep_loaded, dispatcher.keep_noted, dispatcher.keep_whole, dispatcher.keep_short)
    dispatcher.to_load.set()
    tasks = [asyncio.create_task(part(), name=f"webhooks {part.__name__}") for part in parts]
    ending = asyncio.create_task(stop.wait())
    try:
        with hearing(dispatcher.hear):
            done, _running = await asyncio.wait([ending, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (ending, *tasks):
            task.cancel()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(dispatcher.close(), 1.0)
        with contextlib.suppress(Exception):
            await sender.close()
            await nc.close()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


__all__ = ["Dispatcher", "run_webhooks"]
