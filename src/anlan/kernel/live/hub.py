"""One subscription to the bus per web process, fanned out to the pages that may know."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from anlan.events.access import AccessChanged
from anlan.events.worlds import WorldOpened, WorldPaced
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.engine.bus import PREFIX, connect

log = logging.getLogger("anlan.live")

#: A page that lets so many notices pile up is cut off; it resumes from its last position.
MAX_WAITING = 1000
VIEW = "kernel.live.view"


#: Rights are read anew at least so often while a stream has something to say (s): what nobody announces, like a session that ran out.
TRUSTED_FOR = 10.0


@dataclass(eq=False)
class Listener:
    """An open page: who looks at it, what it wants to hear, and what waits for it.

    From the moment at which its rights may have changed (`doubt`) everything is kept unseen until they have been read anew
    (`trust`): nothing that came after the change is judged by the rights from before it.
    """

    ctx: Context
    topics: tuple[str, ...]
    queue: deque[dict[str, Any]] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    overrun: bool = False
    doubts: int = 0
    settled: int = 0
    read_at: float = field(default_factory=time.monotonic)

    def wants(self, notice: dict[str, Any]) -> bool:
        """Scope, world and topic; fails closed."""
        if notice["subject"] == AccessChanged.subject or notice["world"] != str(self.ctx.world):
            return False
        if self.topics and not any(notice["subject"].startswith(t) for t in self.topics):
            return False
        return self.ctx.may(VIEW, notice["scope"]) or bool(self.ctx.keys.intersection(notice["shared_with"]))

    def take(self, notice: dict[str, Any]) -> None:
        """What comes from the bus, in its order: a change of rights is noted, what may be wanted is kept."""
        if self._is_touched_by(notice):
            self.doubt()
        if self.in_doubt or self.wants(notice):
            self.put(notice)

    def put(self, notice: dict[str, Any]) -> None:
        if len(self.queue) >= MAX_WAITING:
            self.overrun = True
        else:
            self.queue.append(notice)
        self.wake.set()

    @property
    def in_doubt(self) -> bool:
        return self.doubts != self.settled

    @property
    def must_read(self) -> bool:
        """True when the rights may not be used any more: doubted, too old, or ended by the calendar."""
        ends = self.ctx.ends_at
        return (
            self.in_doubt
            or time.monotonic() - self.read_at > TRUSTED_FOR
            or (ends is not None and ends <= clock.real_now())
        )

    def doubt(self) -> None:
        self.doubts += 1
        self.wake.set()

    def trust(self, ctx: Context, *, doubts: int) -> None:
        """Rights as they were read after `doubts` doubts; a doubt that came up meanwhile remains."""
        self.ctx, self.settled, self.read_at = ctx, doubts, time.monotonic()

    def _is_touched_by(self, notice: dict[str, Any]) -> bool:
        subject = notice["subject"]
        if subject == AccessChanged.subject:
            return bool(self.ctx.keys.intersection(notice["payload"]["keys"]))
        return subject == WorldOpened.subject or (subject == WorldPaced.subject and bool(notice["live"]["ended"]))


class Hub:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._starting: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()
        self._client: Any = None
        #: The last position that came by; below it everything was looked at by every listener.
        self.position = 0

    async def heard(self, patience_s: float) -> None:
        """Begin to hear the bus, and wait until it is heard, so long: without it pages can still catch up from the outbox."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._run())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.connected.wait(), patience_s)

    async def _run(self) -> None:
        while True:
            try:
                self._client = await connect("anlan-live")
                await self._client.subscribe(PREFIX + ">", cb=self._take)
                await self._client.flush()
                self.connected.set()
                # Whoever caught up before the bus was heard may have missed what came between: they ask the outbox once more.
                self._send_back()
                return
            except Exception as error:
                log.warning("live updates wait for the bus: %s", error)
                await asyncio.sleep(1)

    async def _take(self, message: Any) -> None:
        notice = msgspec.json.decode(message.data)
        gap = 0 < self.position < notice["position"] - 1
        self.position = max(self.position, notice["position"])
        for listener in list(self.listeners):
            if gap:
                # Something was lost on the way here, or comes late: the page asks the outbox for it when it returns.
                listener.overrun = True
                listener.wake.set()
            else:
                listener.take(notice)

    def _send_back(self) -> None:
        """End every stream; the pages return and resume from where they are."""
        for listener in list(self.listeners):
            listener.overrun = True
            listener.wake.set()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
        self._send_back()
        if self._starting is not None:
            self._starting.cancel()


hub = Hub()
