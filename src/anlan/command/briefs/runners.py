"""Begins the brief of the day that ended, where nobody has."""

from __future__ import annotations

import asyncio
import contextlib

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.threads import in_thread

from .services import draft_due_briefs

EVERY_S = 120.0


async def run_briefs(stop: asyncio.Event) -> None:
    while not stop.is_set():
        await in_thread("briefs", draft_due_briefs)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


add_runner("briefs", run_briefs)
