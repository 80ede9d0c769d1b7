"""Deadlines of every world, by that world's clock."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict

from anlan.kernel.context import Context, system
from anlan.kernel.loops import pass_deadline, pass_deadlines
from anlan.kernel.models import Deadline, World

from .threads import in_thread

log = logging.getLogger("anlan.engine.timers")


def pass_due(limit: int = 500) -> int:
    """Climb every rung that is due in any running world; returns how many were climbed."""
    climbed = 0
    for world in World.objects.filter(ended_at__isnull=True):
        ctx = system("timer", world=world.pk)
        due = Deadline.objects.filter(world=world, status="open", due_at__lte=ctx.now()).order_by("due_at")[:limit]
        by_loop: dict[str, list[Deadline]] = defaultdict(list)
        for deadline in due:
            by_loop[deadline.loop].append(deadline)
        for key, late in by_loop.items():
            climbed += _pass(ctx.caused_by(f"deadlines:{key}"), late)
    return climbed


def _pass(ctx: Context, late: list[Deadline]) -> int:
    """All of one loop together; when one record is faulty, each by itself, so that it holds up no other."""
    try:
        return pass_deadlines(ctx, late)
    except Exception:
        log.exception("%s deadlines of %s are passed one by one", len(late), late[0].loop)
    climbed = 0
    for deadline in late:
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
