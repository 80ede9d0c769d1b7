"""Worlds of exercises: opened, sped up or slowed down, ended. What was recorded in one stays readable and stays in it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from anlan.events.worlds import WorldOpened, WorldPaced
from anlan.kernel.wording import words as _

from . import auditing, clock
from .announcing import announce
from .context import Context
from .errors import BadInput, Conflict, NotFound
from .models import World
from .worlds import REAL

#: Permission to open, steer and end an exercise on a path.
STEER = "kernel.exercise.steer"
FASTEST = 600.0


@transaction.atomic
def open_world(ctx: Context, *, title: str, scope: str, starts_at: datetime, rate: float = 1.0) -> World:
    """Open an exercise world for the region path `scope`; its clock shows `starts_at` now and runs at `rate`."""
    ctx.require(STEER, scope)
    _check_rate(rate)
    now = clock.real_now()
    world = World.objects.create(title=title, scope=scope, anchor_real=now, anchor_world=starts_at, rate=rate)
    announce(ctx.inside(world.pk), WorldOpened(world=str(world.pk), title=title), scope=scope)
    _note(ctx, world, "kernel.world.open", {"starts_at": starts_at, "rate": rate})
    return world


@transaction.atomic
def set_rate(ctx: Context, world_id: uuid.UUID, rate: float, *, reason: str = "") -> World:
    """Let the world's clock run at `rate` (0 stands still, at most 600) from this moment on, without a jump."""
    _check_rate(rate)
    world = _lock(ctx, world_id)
    if world.rate != rate:
        now = clock.real_now()
        world.anchor_world, world.anchor_real, before, world.rate = world.reading().at(now), now, world.rate, rate
        world.save(update_fields=["anchor_real", "anchor_world", "rate"])
        _tell(ctx, world)
        _note(ctx, world, "kernel.world.rate", {"from": before, "to": rate, "reason": reason})
    return world


@transaction.atomic
def resume_at(ctx: Context, world_id: uuid.UUID, *, at: datetime) -> World:
    """Let the world's clock go on from `at`, a moment that it has shown already: nobody was there to play what came after."""
    world = _lock(ctx, world_id)
    now = clock.real_now()
    before = world.reading().at(now)
    if at > before:
        raise BadInput(_("演练时钟不能向前跳"), field="at", mend=_("请用加快速度的办法"))
    world.anchor_world, world.anchor_real = at, now
    world.save(update_fields=["anchor_real", "anchor_world"])
    _note(ctx, world, "kernel.world.resume", {"from": before, "to": at})
    return world


@transaction.atomic
def end_world(ctx: Context, world_id: uuid.UUID) -> World:
    """End the exercise: its clock stops where it is, its deadlines fall silent, its records stay."""
    world = _lock(ctx, world_id)
    now = clock.real_now()
    world.anchor_world, world.anchor_real, world.rate, world.ended_at = world.reading().at(now), now, 0, now
    world.save()
    _tell(ctx, world)
    _note(ctx, world, "kernel.world.end", {})
    return world


def _check_rate(rate: float) -> None:
    if not 0 <= rate <= FASTEST:
        raise BadInput(_("速度须在 0 到 %(n)d 倍之间") % {"n": FASTEST}, field="rate", mend=_("请选择列出的速度"))


def _lock(ctx: Context, world_id: uuid.UUID) -> World:
    world = World.objects.select_for_update().filter(pk=world_id).exclude(pk=REAL).first()
    if world is None or not ctx.may(STEER, world.scope):
        raise NotFound()
    if world.ended_at:
        raise Conflict(_("这次演练已经结束"), mend=_("可在“历次演练”中查看记录"))
    return world


def _tell(ctx: Context, world: World) -> None:
    """Everybody in the exercise hears of the new pace, also below the place that it is held for."""
    event = WorldPaced(
        world=str(world.pk),
        anchor_world=world.anchor_world.isoformat(),
        anchor_real=world.anchor_real.isoformat(),
        rate=world.rate,
        ended=world.ended_at is not None,
    )
    here = world.scope.rstrip("/").rsplit("/", 1)[-1]
    announce(ctx.inside(world.pk), event, scope=world.scope, shared_with=[f"in:{here}"] if here else [])


def _note(ctx: Context, world: World, action: str, data: dict[str, object]) -> None:
    inside = ctx.inside(world.pk)
    auditing.record(
        inside,
        action=action,
        label=world.title,
        object_type="kernel.world",
        object_id=world.pk,
        scope=world.scope,
        data=data,
    )
