"""The verbs of review: a replay is started, steered and ended."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from anlan.events.review import ReplayChanged
from anlan.kernel import clock, exercises
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.models import World
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL
from anlan.places.queries import region

from .models import Replay
from .replay.cast import Cast, director
from .replay.feeding import feed_history, feed_warning_in_force, skip_to
from .replay.scenario import load_scenario, scenarios


def start_replay(ctx: Context, *, scenario: str, rate: float = 60, begin: datetime | None = None) -> Replay:
    """Open an exercise world for a scenario and let it run. `begin`: a moment inside the scenario (default its start).

    Raises NotFound, BadInput, NotAllowed, Conflict (one is running in this district already).
    """
    try:
        played = load_scenario(scenario)
    except KeyError:
        raise NotFound(
            _("没有回放场景“%(id)s”") % {"id": scenario}, mend=_("可用：%(ids)s") % {"ids": "、".join(scenarios())}
        ) from None
    at = begin or played.starts
    if not played.starts <= at < played.ends:
        span = f"{localtime(played.starts):%Y-%m-%d %H:%M} — {localtime(played.ends):%Y-%m-%d %H:%M}"
        raise BadInput(_("开始时间须在场景之内：%(span)s") % {"span": span}, field="from", mend=_("请另选开始时间"))
    _check_rate(rate)
    place = region(played.place)
    real = ctx.inside(REAL)
    real.require(exercises.STEER, place.path)
    try:
        with transaction.atomic():
            # The clock stands still until what lies before the start has been laid down.
            world = exercises.open_world(real, title=played.title, scope=place.path, starts_at=at, rate=0)
            replay = Replay.objects.create(
                scenario=played.id, title=played.title, chosen_rate=rate, inputs=len(played.inputs), starts_at=at, ends_at=played.ends,
                done=skip_to(played, at) if begin else 0, beat_at=clock.real_now(), beat_world=at, started_at=clock.real_now(),
                started_by_name=ctx.actor.name, scope=place.path, shared_with=[place.key], world_id=world.pk,
            )  # fmt: skip
            outside = director(world.pk, cause=f"replay:{replay.pk}")
            feed_history(outside, played, at)
            if begin:
                feed_warning_in_force(outside, replay, Cast.of(played, world.pk), at)
            exercises.set_rate(ctx.inside(world.pk), world.pk, rate, reason=_("开始回放"))
            tell(ctx, replay, everybody=True)
    except IntegrityError:
        raise Conflict(_("本区已有一次回放正在进行"), mend=_("请先结束正在进行的回放，再开始新的一次")) from None
    return replay


def choose_rate(ctx: Context, replay: Replay, rate: float) -> Replay:
    """Let the replay run at `rate`; 0 pauses it. A rate that a waiting decision holds down takes effect when it is decided."""
    if rate:
        _check_rate(rate)
    with transaction.atomic():
        fresh = _locked(ctx, replay)
        if rate == 0:
            fresh.state = Replay.State.PAUSED
            exercises.set_rate(ctx, fresh.world_id, 0, reason=_("暂停"))
        else:
            fresh.state, fresh.chosen_rate = Replay.State.RUNNING, rate
            exercises.set_rate(ctx, fresh.world_id, 1 if fresh.held_reason else rate, reason=_("调整速度"))
        # The pause itself is no gap that would have to be made good.
        fresh.beat_at, fresh.beat_world = clock.real_now(), clock.read(fresh.world_id).now()
        fresh.save(update_fields=["state", "chosen_rate", "beat_at", "beat_world"])
        tell(ctx, fresh)
    return fresh


def end_replay(ctx: Context, replay: Replay) -> Replay:
    """End the exercise: its clock stops, its records stay to be looked at."""
    with transaction.atomic():
        fresh = _locked(ctx, replay)
        fresh.state, fresh.ended_at, fresh.held_reason, fresh.held_url = Replay.State.ENDED, clock.real_now(), "", ""
        fresh.save(update_fields=["state", "ended_at", "held_reason", "held_url"])
        exercises.end_world(ctx, fresh.world_id)
        tell(ctx, fresh, everybody=True)
    return fresh


def tell(ctx: Context, replay: Replay, *, everybody: bool = False) -> None:
    """Pages of the exercise set their clocks by this. `everybody`: pages of the real world hear that one began or ended."""
    row = World.objects.get(pk=replay.world_id)
    now = row.reading().now().isoformat()
    plain = ReplayChanged(replay=str(replay.pk), state=replay.state, rate=row.rate, at=now, held=replay.held_reason)
    anchored = msgspec.structs.replace(
        plain, anchor_world=row.anchor_world.isoformat(), anchor_real=row.anchor_real.isoformat()
    )
    announce(ctx.inside(row.pk), anchored, scope=replay.scope, shared_with=replay.shared_with)
    if everybody:
        announce(ctx.inside(REAL), plain, scope=replay.scope, shared_with=replay.shared_with)


def _locked(ctx: Context, replay: Replay) -> Replay:
    """Steering goes by the place, whichever world the person happens to be in."""
    rows = Replay.objects.unscoped("a replay is steered from any world; the right is checked on its place")
    fresh: Replay | None = rows.select_for_update(of=("self",)).filter(pk=replay.pk).first()
    if fresh is None or not ctx.may(exercises.STEER, fresh.scope):
        raise NotFound()
    if not fresh.is_open:
        raise Conflict(_("这次回放已经结束"), mend=_("可在“历次演练”中查看记录，或重新开始"))
    return fresh


def _check_rate(rate: float) -> None:
    if not 1 <= rate <= exercises.FASTEST:
        raise BadInput(
            _("速度须在 1 到 %(n)d 倍之间") % {"n": exercises.FASTEST}, field="rate", mend=_("请选择列出的速度")
        )
