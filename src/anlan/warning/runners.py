"""What warning has the engine do: end what has run out, by the clock of each world."""

from __future__ import annotations

import asyncio

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.stopping import pause
from anlan.kernel.engine.threads import in_thread

from .services import expire_due

EVERY_S = 0.5


async def run_expiry(stop: asyncio.Event) -> None:
    while not stop.is_set():
        await in_thread("warnings", expire_due)
        await pause(stop, EVERY_S)


add_runner("warning expiry", run_expiry)
