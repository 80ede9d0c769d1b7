"""Work that may hang for ever (a database that stands still) on threads that nobody waits for longer than he wants to."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connections

log = logging.getLogger("anlan.watchdog")


class Unreachable(Exception):
    """What was asked did not answer in time, or has not yet answered what was asked before."""


class Lane:
    """One thread with a database connection of its own, one piece of work at a time."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[
            tuple[asyncio.Future[Any], asyncio.AbstractEventLoop, Callable[..., Any], tuple[Any, ...]]
        ]
        self._jobs = queue.SimpleQueue()
        self._busy = False
        threading.Thread(target=self._run, name=f"anlan-{name}", daemon=True).start()

    async def ask(self, work: Callable[..., Any], *args: Any, seconds: float) -> Any:
        """The answer of `work(*args)`; Unreachable when there is none within `seconds`. What is under way goes on all the same."""
        if self._busy:
            raise Unreachable(f"{work.__name__} waits behind something that has not answered")
        self._busy = True
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put((future, loop, work, args))
        try:
            return await asyncio.wait_for(asyncio.shield(future), seconds)
        except TimeoutError:
            future.add_done_callback(lambda f: f.exception())
            raise Unreachable(f"{work.__name__} did not answer within {seconds:g} s") from None

    def _run(self) -> None:
        while True:
            future, loop, work, args = self._jobs.get()
            result, error = None, None
            try:
                close_old_connections()
                result = work(*args)
            except Exception as failed:
                error = failed
                connections.close_all()
            try:
                loop.call_soon_threadsafe(self._settle, future, result, error)
            except RuntimeError:
                return  # The loop has ended, and with it the program.

    def _settle(self, future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
        self._busy = False
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


def run_apart(work: Callable[[], Any]) -> None:
    """Run `work` on a thread of its own that ends with the program."""
    threading.Thread(target=work, daemon=True).start()
