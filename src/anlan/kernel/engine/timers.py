"""Deadlines of every world, by that world's clock.

Two processes watch them: the engine acts when a deadline is due, the watchdog on what the engine has left lying for a moment (it was
killed, it starts, it is busy). Rows are locked while they are acted on and looked at again under the lock: none is acted on twice.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import traceback
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.db import OperationalError, connection
from django.db.models import Q

from anlan.kernel import clock
from anlan.kernel.context import Context, system
from anlan.kernel.loops import pass_deadline, pass_deadlines
from anlan.kernel.models import Deadline, World

from .stopping import pause
from .threads import in_thread

log = logging.getLogger("anlan.engine.timers")
#: Pauses of the wall clock before a rung that could not be climbed is tried again; doubled each time.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
#: Seconds between two looks, and how long the watchdog leaves a deadline to the engine (wall clock).
EVERY, LEFT_LYING = 0.1, 0.4
#: So many are taken in one transaction: more would keep the first of them waiting for the last.
BATCH = 250
#: So long (s) a backlog holds back the reactions of the rooms.
HOLD_MOST = 10.0


def pass_due(limit: int = 500, *, left_lying: float = 0.0) -> int:
    """Climb every rung that is due in any running world; returns how many were climbed.

    `left_lying`: only what has been due for so many seconds of the wall clock. A rung that could not be climbed waits, longer each
    time, so that no number of faulty ones takes the place of the others.
    """
    climbed = 0
    for world in World.objects.filter(ended_at__isnull=True):
        ctx = system("timer", world=world.pk)
        if ctx.is_exercise:
            ctx = replace(ctx, reading=world.reading())
        until = ctx.now() - timedelta(seconds=left_lying * (world.rate if ctx.is_exercise else 1))
        waiting = Q(not_before__isnull=True) | Q(not_before__lte=clock.real_now())
        # After a standstill the first reminder of one goes before the second of another.
        due = Deadline.objects.filter(waiting, world=world, status="open", due_at__lte=until).order_by("rung", "due_at")
        by_loop: dict[str, list[Deadline]] = defaultdict(list)
        for deadline in due[:limit]:
            by_loop[deadline.loop].append(deadline)
        for key, late in by_loop.items():
            climbed += _pass(ctx.caused_by(f"deadlines:{key}"), late)
    return climbed


def _pass(ctx: Context, late: list[Deadline]) -> int:
    """All of one loop together; when one record is faulty, each by itself, so that it holds up no other."""
    try:
        return pass_deadlines(ctx, late)
    except Exception:
        _raise_when_lost()
        log.exception("%s deadlines of %s are passed one by one", len(late), late[0].loop)
    climbed = 0
    for deadline in late:
        try:
            climbed += pass_deadline(ctx.caused_by(f"deadline:{deadline.pk}"), deadline)
        except Exception as error:
            _raise_when_lost()
            log.exception("deadline %s of %s %s", deadline.pk, deadline.loop, deadline.record)
            put_off(deadline, error)
    return climbed


def put_off(deadline: Deadline, error: Exception) -> None:
    """Note that a rung could not be climbed, and when it is tried again: after 10 s, 20 s, 40 s … at most an hour."""
    pause = min(FIRST_PAUSE * 2 ** min(deadline.tries, 20), LONGEST_PAUSE)
    text = "".join(traceback.format_exception(error))[-4000:]
    Deadline.objects.filter(pk=deadline.pk, status="open").update(
        tries=deadline.tries + 1, not_before=clock.real_now() + pause, error=text
    )


def _raise_when_lost() -> None:
    """Inside an `except`: a lost database is nobody's fault but the connection's, and is waited for."""
    if isinstance(sys.exception(), OperationalError) and not connection.is_usable():
        raise


class _Backlog:
    """Whether more is due than one turn takes. Only the engine's own loop reads and writes it."""

    there = False


async def caught_up() -> None:
    """Wait while deadlines are in arrears, at most `HOLD_MOST` seconds: they are acted on first, told of a moment later."""
    end = time.monotonic() + HOLD_MOST
    while _Backlog.there and time.monotonic() < end:
        await asyncio.sleep(0.05)


async def run_timers(stop: asyncio.Event, *, every: float = EVERY, left_lying: float = 0.0) -> None:
    """Look at what is due again and again until `stop`; while there is a backlog without a pause."""
    pass_now = partial(pass_due, BATCH, left_lying=left_lying)
    try:
        while not stop.is_set():
            _Backlog.there = await in_thread("timers", pass_now) >= BATCH
            if not _Backlog.there:
                await pause(stop, every)
    finally:
        _Backlog.there = False
