"""Reads of review that others may call."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.exercises import STEER
from anlan.kernel.models import World

from .models import Replay

#: What the buttons offer; any rate from 1 to 600 is taken.
RATES = (1, 10, 60, 300, 600)


def replays(ctx: Context) -> QuerySet[Replay]:
    """Replays of the places that `ctx` belongs to, whichever world it is in, the newest first."""
    rows = Replay.objects.unscoped("which exercises there are is told in every world; the place decides who hears it")
    paths = {g.path for g in ctx.grants}
    known = [r.pk for r in rows if any(p.startswith(r.scope) or r.scope.startswith(p) for p in paths)]
    return rows.filter(pk__in=known).select_related("world").order_by("-started_at")


def running_replay(ctx: Context) -> Replay | None:
    """The replay that is under way in the district of `ctx`."""
    return next((r for r in replays(ctx).exclude(state=Replay.State.ENDED)), None)


def may_steer(ctx: Context) -> bool:
    return bool(ctx.paths(STEER))


def controls(ctx: Context) -> dict[str, Any]:
    """What the band of the frame shows of the pace: ``exercise_control_url``, ``speeds``, ``held`` {reason, url}."""
    if not ctx.is_exercise:
        return {}
    rows = Replay.objects.unscoped("the band belongs to everybody in the exercise")
    replay = rows.filter(world_id=ctx.world).exclude(state=Replay.State.ENDED).first()
    if replay is None:
        ended = World.objects.filter(pk=ctx.world, ended_at__isnull=False).exists()
        return {"exercise_over": ended}
    found: dict[str, Any] = {
        "held": {"reason": replay.held_reason, "url": replay.held_url} if replay.held_reason else None
    }
    if ctx.may(STEER, replay.scope):
        now = 0 if replay.state == Replay.State.PAUSED else replay.chosen_rate
        found |= {
            "exercise_control_url": f"/replay/{replay.pk}/pace/",
            "speeds": [{"label": _("暂停"), "value": 0, "active": now == 0}]
            + [{"label": f"{r}×", "value": r, "active": now == r} for r in RATES],
        }
    return found
