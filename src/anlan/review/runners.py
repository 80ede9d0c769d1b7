"""What review has the engine do: play the replays that run."""

from __future__ import annotations

import asyncio
import contextlib

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.threads import in_thread

from .replay.player import advance_all

EVERY_S = 0.25


async def run_replays(stop: asyncio.Event) -> None:
    """Looks again at once while there is work."""
    while not stop.is_set():
        happened = await in_thread("replay", advance_all)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.02 if happened else EVERY_S)


add_runner("replay", run_replays)
