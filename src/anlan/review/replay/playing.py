"""Simulated people at work: what is due from the posts that nobody plays, done through the same services as by anybody else.

What is due follows from the records themselves, so that a stopped player goes on where it was, and a person who signs in finds
the post's work waiting. Each act is one transaction, recorded at the moment at which it fell due.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import OperationalError, transaction

from anlan.kernel.context import Context
from anlan.kernel.errors import Refused

from ..models import Replay
from .cast import Cast, director, moment
from .playing_calls import calls_due
from .playing_decisions import decisions_due
from .playing_tasks import tasks_due

log = logging.getLogger("anlan.replay")

#: What was refused is tried again after this much time of the world.
_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the holder of `post` does at `due`. `key` names it, so that what is refused is not tried at every look."""

    key: str
    due: datetime
    post: str
    run: Callable[[Context], Any]


#: Acts that were refused: {(world, key): not before}. Losing it with the process costs one more try.
_refused: dict[tuple[Any, str], datetime] = {}


def play_due(replay: Replay, cast: Cast, *, seconds: float | None = 1.0) -> tuple[int, float]:
    """Do what is due, the earliest first, for about so long (None: all of it): the next inputs and the pace must not wait.

    Returns how much was done and how many minutes of the world the earliest act was behind.
    """
    began = time.monotonic()
    looking = director(replay.world_id, cause=f"replay:{replay.pk}")
    now = looking.now()
    acts = sorted(due_acts(looking, cast, now), key=attrgetter("due"))
    behind = (now - acts[0].due).total_seconds() / 60 if acts else 0.0
    done = 0
    for act in acts:
        if seconds is not None and time.monotonic() - began > seconds:
            break
        done += _perform(replay, cast, act, now)
    return done, behind


def due_acts(ctx: Context, cast: Cast, now: datetime) -> list[Act]:
    """Everything that posts without a present holder owe by `now`."""
    found = [Act(*one) for source in (calls_due, tasks_due, decisions_due) for one in _known(source(ctx, cast), now)]
    return [a for a in found if cast.plays(a.post) and _refused.get((cast.world, a.key), a.due) <= now]


def _known(given: Iterable[tuple[str, datetime, str, Callable[[Context], Any]]], now: datetime) -> list[Any]:
    return [one for one in given if one[1] <= now]


def _perform(replay: Replay, cast: Cast, act: Act, now: datetime) -> bool:
    player = cast.context(act.post)
    if player is None:
        return False
    try:
        with transaction.atomic():
            act.run(moment(player, act.due))
        return True
    except OperationalError:
        raise
    except Refused as refused:
        log.debug("%s of %s was refused: %s", act.key, act.post, refused.message)
    except Exception:
        log.exception("%s of %s", act.key, act.post)
    _refused[cast.world, act.key] = now + _PATIENCE
    return False
