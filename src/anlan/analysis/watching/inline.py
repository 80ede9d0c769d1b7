"""Judging where no process of its own does: in tests, and in commands beside a platform that does not run."""

from __future__ import annotations

import logging
import uuid

from anlan.kernel.context import Context
from anlan.kernel.models import World
from anlan.kernel.outages import is_outage
from anlan.sensing.arrivals import follow_journal, on_arrival
from anlan.sensing.store import Entry

from ..models import Watch
from .judge import Judge

log = logging.getLogger("anlan.analysis.watching")
_judge = Judge(tell_s=None)


def judge_now(ctx: Context, entry: Entry) -> None:
    """Judge what the journal holds. What fails stays in the journal and is tried with the next entry."""
    try:
        _judge.catch_up(entry.world)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("readings were stored and could not be judged")


def judged_upto(world: uuid.UUID) -> int | None:
    """Entries up to here may be thrown away: they are judged and told of. None for an exercise that is over: nobody waits for it."""
    if World.objects.filter(pk=world, ended_at__isnull=False).exists():
        return None
    watch = Watch.objects.filter(pk=world).first()
    return min(watch.position, watch.told) if watch is not None else 0


def begin() -> None:
    """Have new entries judged, and the journal wait for it."""
    on_arrival(judge_now)
    follow_journal(judged_upto)
