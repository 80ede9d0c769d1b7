"""Begins the brief of the day that ended, where nobody has."""

from __future__ import annotations

import asyncio

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.stopping import pause
from anlan.kernel.engine.threads import in_thread

from .services import draft_due_briefs

EVERY_S = 120.0


async def run_briefs(stop: asyncio.Event) -> None:
    while not stop.is_set():
        await in_thread("briefs", draft_due_briefs)
        await pause(stop, EVERY_S)


add_runner("briefs", run_briefs)
