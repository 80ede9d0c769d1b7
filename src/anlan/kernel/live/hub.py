"""One subscription to the bus per web process, fanned out to the pages that may know."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from anlan.kernel.context import Context
from anlan.kernel.engine.bus import PREFIX, connect

log = logging.getLogger("anlan.live")

#: A page that lets so many notices pile up is cut off; it resumes from its last position.
MAX_WAITING = 1000
VIEW = "kernel.live.view"


@dataclass(eq=False)
class Listener:
    ctx: Context
    topics: tuple[str, ...]
    queue: deque[dict[str, Any]] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    overrun: bool = False

    def wants(self, notice: dict[str, Any]) -> bool:
        """Scope, world and topic; fails closed."""
        if notice["world"] != str(self.ctx.world):
            return False
        if self.topics and not any(notice["subject"].startswith(t) for t in self.topics):
            return False
        return self.ctx.may(VIEW, notice["scope"]) or bool(self.ctx.keys.intersection(notice["shared_with"]))

    def put(self, notice: dict[str, Any]) -> None:
        if len(self.queue) >= MAX_WAITING:
            self.overrun = True
        else:
            self.queue.append(notice)
        self.wake.set()


class Hub:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._starting: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()
        self._client: Any = None

    def start(self) -> None:
        if self._starting is None:
            self._starting = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            try:
                self._client = await connect("anlan-live")
                await self._client.subscribe(PREFIX + ">", cb=self._take)
                self.connected.set()
                return
            except Exception as error:
                log.warning("live updates wait for the bus: %s", error)
                await asyncio.sleep(1)

    async def _take(self, message: Any) -> None:
        notice = msgspec.json.decode(message.data)
        for listener in list(self.listeners):
            if listener.wants(notice):
                listener.put(notice)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
        for listener in list(self.listeners):
            listener.overrun = True
            listener.wake.set()
        if self._starting is not None:
            self._starting.cancel()


hub = Hub()
