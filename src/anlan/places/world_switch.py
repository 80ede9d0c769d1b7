"""Choosing between the real world and a running exercise for one's own session."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from anlan.kernel import auditing
from anlan.kernel.access import tell_access_changed
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.models import World
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL

from .identity import LOOKING_KEY, WORLD_KEY, takes_part


def worlds_open_to(ctx: Context) -> list[World]:
    """Running exercises in which some post of this person takes part, the newest first."""
    paths = tuple({g.path for g in ctx.grants})
    running = World.objects.filter(ended_at__isnull=True, kind=World.Kind.EXERCISE).order_by("-anchor_real")
    return [world for world in running if takes_part(world, paths)]


def worlds_over(ctx: Context) -> list[World]:
    """Exercises that have ended and can be looked at, the newest first."""
    paths = tuple({g.path for g in ctx.grants})
    over = World.objects.filter(ended_at__isnull=False, kind=World.Kind.EXERCISE).order_by("-ended_at")
    return [world for world in over if takes_part(world, paths)]


def enter_world(ctx: Context, session: Any, chosen: uuid.UUID) -> World | None:
    """Remember the choice in the session and in the audit. Returns the exercise, or None for the real world.

    One that has ended is entered to be looked at, not to work in. Raises NotFound for an exercise in which the person takes no part.
    """
    world = None
    if chosen != REAL:
        world = next((w for w in (*worlds_open_to(ctx), *worlds_over(ctx)) if w.pk == chosen), None)
        if world is None:
            raise NotFound(_("没有这次演练，或您的岗位没有参加"), mend=_("请从“我的岗位”页或“历次演练”重新选择"))
    with transaction.atomic():
        session[WORLD_KEY] = str(chosen)
        session[LOOKING_KEY] = world is not None and not world.is_running
        # Kept before it is told: the person's other pages look at the session the moment they hear of it.
        session.save()
        auditing.record(
            ctx, action="places.world.entered", label=_("进入演练") if world else _("回到实况"), object_type="kernel.world",
            object_id=chosen, scope=min((g.path for g in ctx.grants), key=len, default=""), data={"from": ctx.world},
        )  # fmt: skip
        tell_access_changed(ctx, ctx.actor.key)
    return world
