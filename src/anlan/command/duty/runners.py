"""Writes down which shifts ended without anybody having come."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from anlan.kernel.context import system
from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.stopping import pause
from anlan.kernel.engine.threads import in_thread
from anlan.kernel.models import World

from .services import lapse_shifts

EVERY_S = 30.0


def lapse_everywhere() -> int:
    """In every world that runs, by its own clock."""
    found = 0
    for world in World.objects.filter(ended_at__isnull=True):
        ctx = system("rosters", world=world.pk)
        found += lapse_shifts(replace(ctx, reading=world.reading()) if ctx.is_exercise else ctx)
    return found


async def run_lapsing(stop: asyncio.Event) -> None:
    while not stop.is_set():
        await in_thread("shifts", lapse_everywhere)
        await pause(stop, EVERY_S)


add_runner("shifts", run_lapsing)
