"""What sensing has the engine do: fold the journal, thin out what is old."""

from __future__ import annotations

import asyncio
import time

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.stopping import pause
from anlan.kernel.engine.threads import in_thread

from .retention import thin_due
from .store import fold_due

EVERY_S, THIN_EVERY_S = 2.0, 3600.0


async def run_folding(stop: asyncio.Event) -> None:
    thinned = time.monotonic()
    while not stop.is_set():
        await in_thread("folding", fold_due)
        if time.monotonic() - thinned > THIN_EVERY_S:
            await in_thread("folding", thin_due)
            thinned = time.monotonic()
        await pause(stop, EVERY_S)


add_runner("folding", run_folding)
