"""Deadlines of every world, by that world's clock."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from anlan.kernel.context import system
from anlan.kernel.loops import pass_deadline
from anlan.kernel.models import Deadline, World

from .threads import in_thread

log = logging.getLogger("anlan.engine.timers")


def pass_due(limit: int = 500) -> int:
    """Climb every rung that is due in any running world; returns how many were climbed."""
    climbed = 0
    for world in World.objects.filter(ended_at__isnull=True):
        ctx = system("timer", world=world.pk)
        due = Deadline.objects.filter(world=world, status="open", due_at__lte=ctx.now()).order_by("due_at")[:limit]
        for deadline in due:
            try:
                climbed += pass_deadline(ctx.caused_by(f"deadline:{deadline.pk}"), deadline)
            except Exception:
                log.exception("deadline %s of %s %s", deadline.pk, deadline.loop, deadline.record)
    return climbed


async def run_timers(stop: asyncio.Event, *, every: float = 0.25) -> None:
    while not stop.is_set():
        await in_thread("timers", pass_due)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
