"""Simulated people at work: what is due from the posts that nobody plays, done through the same services as by anybody else.

What is due follows from the records themselves, so that a stopped player goes on where it was, and a person who signs in finds
the post's work waiting. Each act is one transaction, or shares it with others of its kind that are due in the same look, and is
recorded at the moment at which it fell due.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import OperationalError, transaction

from anlan.kernel.context import Context
from anlan.kernel.errors import Refused

from ..models import Replay
from .cast import Cast, director, moment
from .due import Act
from .playing_calls import calls_due
from .playing_decisions import decisions_due
from .playing_tasks import tasks_due

log = logging.getLogger("anlan.replay")

#: What was refused is tried again after this much time of the world.
_PATIENCE = timedelta(minutes=5)
#: Acts in one transaction: enough to save nearly all of its cost, few enough that inputs and pace need not wait for it.
MOST_TOGETHER = 80

#: Acts that were refused: {(world, key): not before}. Losing it with the process costs one more try.
_refused: dict[tuple[Any, str], datetime] = {}


def play_due(replay: Replay, cast: Cast, *, seconds: float | None = 1.0) -> tuple[int, float]:
    """Do what is due, the earliest first, for about so long (None: all of it): the next inputs and the pace must not wait.
    Something is done at every look, however long looking took.

    Returns how much was done and how many minutes of the world the earliest act was behind.
    """
    looking = director(replay.world_id, cause=f"replay:{replay.pk}")
    now = looking.now()
    acts = sorted(due_acts(looking, cast, now), key=attrgetter("due"))
    behind = (now - acts[0].due).total_seconds() / 60 if acts else 0.0
    cast.meet(act.post for act in acts)
    done, began = 0, time.monotonic()
    for alike in _in_heaps(acts):
        if seconds is not None and time.monotonic() - began > seconds:
            break
        done += _perform_all(cast, alike, now) if len(alike) > 1 else _perform(cast, alike[0], now)
    return done, behind


def _in_heaps(acts: list[Act]) -> list[list[Act]]:
    """Acts that can be done together, at the place of the earliest of them; all others by themselves."""
    heaps: list[list[Act]] = []
    latest: dict[str, list[Act]] = {}
    for act in acts:
        heap = latest.get(act.together.name) if act.together else None
        if heap is not None and len(heap) < MOST_TOGETHER:
            heap.append(act)
            continue
        heaps.append([act])
        if act.together:
            latest[act.together.name] = heaps[-1]
    return heaps


def due_acts(ctx: Context, cast: Cast, now: datetime) -> list[Act]:
    """Everything that posts without a present holder owe by `now`."""
    found = [act for source in (calls_due, tasks_due, decisions_due) for act in source(ctx, cast) if act.due <= now]
    return [a for a in found if cast.plays(a.post) and _refused.get((cast.world, a.key), a.due) <= now]


def _perform_all(cast: Cast, acts: list[Act], now: datetime) -> int:
    """Acts of one kind in one transaction; when it fails as a whole, each by itself, so that one holds up no other."""
    played = [(act, player) for act in acts if (player := cast.context(act.post)) is not None and act.together]
    if not played:
        return 0
    together = played[0][0].together
    assert together is not None
    try:
        results = together.run([(moment(player, act.due), act.together.what) for act, player in played if act.together])
    except OperationalError:
        raise
    except Exception:
        log.exception("%s of %s posts", together.name, len(played))
        return sum(_perform(cast, act, now) for act, _player in played)
    refused = [(act, r) for (act, _player), r in zip(played, results, strict=True) if isinstance(r, Refused)]
    for act, why in refused:
        log.debug("%s of %s was refused: %s", act.key, act.post, why.message)
        _refused[cast.world, act.key] = now + _PATIENCE
    return len(played) - len(refused)


def _perform(cast: Cast, act: Act, now: datetime) -> bool:
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
