"""What review has the engine do: play the replays that run."""

from __future__ import annotations

import asyncio

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.stopping import pause
from anlan.kernel.engine.threads import in_thread

from .replay.player import advance_all

EVERY_S = 0.25
#: While there is work: what falls due within a moment is looked up once and done together.
AT_WORK_S = 0.08


async def run_replays(stop: asyncio.Event) -> None:
    """Looks again sooner while there is work."""
    while not stop.is_set():
        happened = await in_thread("replay", advance_all)
        await pause(stop, AT_WORK_S if happened else EVERY_S)


add_runner("replay", run_replays)
