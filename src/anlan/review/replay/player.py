"""One look at all running replays: inputs that are due, people who are due, the pace, the end."""

from __future__ import annotations

import logging
import uuid

from django.db import OperationalError, close_old_connections

from anlan.kernel.models import World

from ..models import Replay
from ..services import end_replay
from .cast import Cast, director
from .feeding import feed_due, try_waiting
from .pacing import beat, looked, pace
from .playing import play_due
from .scenario import load_scenario

log = logging.getLogger("anlan.replay")


def advance_all() -> int:
    """Advance every open replay; returns how many things happened. One that goes wrong does not stop the others."""
    happened = 0
    rows = Replay.objects.unscoped("the player works for every exercise")
    for pk in rows.exclude(state=Replay.State.ENDED).values_list("pk", flat=True):
        try:
            happened += advance(pk)
        except OperationalError:
            raise
        except Exception:
            log.exception("replay %s", pk)
            close_old_connections()
    return happened


def advance(replay_id: uuid.UUID, *, paced: bool = True) -> int:
    """Feed, play, pace; ends the replay when the scenario's time is over.

    `paced` False leaves the clock to the caller, and nothing then presses: all that is due is played, however long it takes.
    """
    replay = _replay(replay_id)
    if not replay.is_open:
        return 0
    if World.objects.filter(pk=replay.world_id, ended_at__isnull=False).exists():
        _close(replay)
        return 1
    if paced:
        beat(replay)
    if replay.state != Replay.State.RUNNING:
        return 0
    scenario = load_scenario(replay.scenario)
    cast = Cast.of(scenario, replay.world_id)
    fed = feed_due(replay_id, cast)
    played, behind = play_due(replay, cast, seconds=1.0 if paced else None)
    later = try_waiting(replay, cast)
    if paced:
        pace(_replay(replay_id), behind_min=behind)
        looked(replay)
    ctx = director(replay.world_id, cause=f"replay:{replay.pk}")
    if ctx.now() >= replay.ends_at and _replay(replay_id).done >= len(scenario.inputs) and not played:
        end_replay(ctx, replay)
    return fed + played + later


def _replay(replay_id: uuid.UUID) -> Replay:
    return Replay.objects.unscoped("the player works for the exercise itself").get(pk=replay_id)


def _close(replay: Replay) -> None:
    """Its world was ended by other means: nothing is left to play."""
    rows = Replay.objects.unscoped("the player works for the exercise itself").filter(pk=replay.pk)
    rows.update(state=Replay.State.ENDED, held_reason="", held_url="")
