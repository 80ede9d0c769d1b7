"""Plans: roll calls that are drawn up by themselves at given or chance times, more often in key periods."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import get_default_timezone, localtime

from anlan.command.data.rollcall import rollcall_rule
from anlan.command.models import KeyPeriod, RollCall, RollCallPlan
from anlan.command.units import asking_street, chosen_units, path_of_asking, units_of
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, Refused
from anlan.kernel.scope import above
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.places.queries import Organisation

from ..planning import BadTime, next_time, read_times
from .calling import DRAW, ask_units, checked_minutes

log = logging.getLogger("anlan.rollcall")
KIND = "command.rollcall_plan"
MOST_TIMES, MOST_JITTER = 24, 120


def save_plan(
    ctx: Context, *, title: str, organisations: Iterable[str], times: str, jitter_min: int = 0, key_times: str = "",
    key_from: date | None = None, key_until: date | None = None, answer_min: int | None = None,
) -> RollCallPlan:  # fmt: skip
    """A new plan; its first roll call is the next of its times. `times` as a person types them: ``8:30、22:00``.

    `key_times` hold on the days from `key_from` to `key_until`, and in the key periods of the duty calendar.

    Raises BadInput naming the field; Refused in an exercise, where nothing is drawn up by itself.
    """
    if ctx.is_exercise:
        raise Refused(_("演练中不能设点名计划"), mend=_("请直接发起一次点名，或退出演练后再设"))
    if not title.strip():
        raise BadInput(_("没有写名称"), field="title", mend=_("例如：每日值守点名"))
    usual, key = _times(times, "times"), _times(key_times, "key_times")
    if not usual:
        raise BadInput(_("没有写点名时刻"), field="times", mend=_("请写成 8:30、22:00"))
    if not 0 <= jitter_min <= MOST_JITTER:
        raise BadInput(
            _("随机浮动应在 0 到 %(n)d 分钟之间") % {"n": MOST_JITTER}, field="jitter_min", mend=_("请填写分钟数")
        )
    for name, found in (("times", usual), ("key_times", key)):
        _check_apart(found, jitter_min, name)
    if (key_from is None) != (key_until is None) or (key_from and key_until and key_until < key_from):
        raise BadInput(_("重点时段的起止日期不全或颠倒"), field="key_from", mend=_("请填写起止日期，先起后止"))
    minutes = checked_minutes(answer_min)
    units = chosen_units(ctx, DRAW, organisations)
    path = path_of_asking(ctx, DRAW, units)
    plan = RollCallPlan(
        title=whole(title, 120, "title"), organisations=[u.organisation.pk for u in units], times=usual, jitter_min=jitter_min,
        key_times=key, key_from=key_from, key_until=key_until, answer_min=minutes, by_street=asking_street(ctx, path),
        made_by=ctx.actor.name[:160], made_at=ctx.now(), scope=path, world_id=ctx.world,
    )  # fmt: skip
    plan.next_at = _next(plan, ctx)
    with transaction.atomic():
        plan.save(force_insert=True)
        _audit(ctx, plan, "made", _("设点名计划"), {"times": usual, "units": len(units)})
    return plan


def stop_plan(ctx: Context, *, plan: RollCallPlan) -> RollCallPlan:
    """No further roll calls of this plan; those drawn up go on."""
    with transaction.atomic():
        fresh: RollCallPlan = RollCallPlan.objects.select_for_update(of=("self",)).get_visible(ctx, pk=plan.pk)
        ctx.require(DRAW, fresh.scope)
        if fresh.stopped_at is not None:
            raise Conflict(_("这个点名计划已经停用"), mend=_("请刷新后查看最新状态"))
        fresh.stopped_at, fresh.next_at = ctx.now(), None
        fresh.save(update_fields=["stopped_at", "next_at"])
        _audit(ctx, fresh, "stopped", _("停用点名计划"), {})
    return fresh


def draw_due(ctx: Context) -> list[RollCall]:
    """Draw up what is due by now, each once; what the platform missed by standing still is left out and written down."""
    drawn: list[RollCall] = []
    due = RollCallPlan.objects.in_world(ctx).filter(next_at__lte=ctx.now(), stopped_at__isnull=True)
    for pk in list(due.values_list("pk", flat=True)):
        try:
            made = _draw(ctx, pk)
        except Refused as refusal:
            log.warning("roll call of plan %s was not drawn up: %s", pk, refusal)
        else:
            drawn += [made] if made else []
    return drawn


def _draw(ctx: Context, pk: Any) -> RollCall | None:
    now = ctx.now()
    with transaction.atomic():
        rows = RollCallPlan.objects.in_world(ctx).select_for_update(of=("self",), skip_locked=True)
        plan = rows.filter(pk=pk, next_at__lte=now, stopped_at__isnull=True).first()
        if plan is None or plan.next_at is None:
            return None
        planned, plan.next_at = plan.next_at, _next(plan, ctx)
        plan.save(update_fields=["next_at"])
        if now - planned > timedelta(minutes=rollcall_rule().skip_after_min):
            _audit(ctx, plan, "skipped", _("平台停机，错过的点名不补"), {"planned_at": planned})
            return None
        units = units_of(
            Organisation.objects.filter(pk__in=plan.organisations, retired_at__isnull=True).order_by("code")
        )
        if not units:
            _audit(ctx, plan, "skipped", _("计划中的单位都已停用"), {"planned_at": planned})
            return None
        return ask_units(
            ctx, units, path=plan.scope, title=f"{plan.title} {localtime(now):%m-%d %H:%M}", text="", minutes=plan.answer_min,
            by=_("按计划自动发起"), by_street=plan.by_street, plan=plan, planned_at=planned,
        )  # fmt: skip


def _next(plan: RollCallPlan, ctx: Context) -> Any:
    periods = _key_periods(plan.scope) if plan.key_times else []

    def is_key(day: date) -> bool:
        own = plan.key_from is not None and plan.key_until is not None and plan.key_from <= day <= plan.key_until
        return own or any(since <= day <= until for since, until in periods)

    return next_time(
        max(ctx.now(), plan.next_at) if plan.next_at else ctx.now(), plan.times, jitter_min=plan.jitter_min,
        key_times=plan.key_times, is_key=is_key, zone=get_default_timezone(),
    )  # fmt: skip


def _key_periods(path: str) -> list[tuple[date, date]]:
    """Key periods of the duty calendar that hold on a path: entered for it or above it."""
    rows = KeyPeriod.objects.unscoped("a key period holds for everybody below its place")
    return list(rows.filter(scope__in=above(path), retired_at__isnull=True).values_list("since", "until"))


def _times(text: str, field: str) -> list[str]:
    try:
        found = read_times(text)
    except BadTime as bad:
        raise BadInput(
            _("看不懂这个时刻：%(what)s") % {"what": str(bad)[:20]}, field=field, mend=_("请写成 8:30、22:00")
        ) from bad
    if len(found) > MOST_TIMES:
        raise BadInput(_("一天最多 %(n)d 次点名") % {"n": MOST_TIMES}, field=field, mend=_("请减少时刻"))
    return found


def _check_apart(times: list[str], jitter_min: int, field: str) -> None:
    minutes = [int(t[:2]) * 60 + int(t[3:]) for t in times]
    gaps = [b - a for a, b in zip(minutes, [*minutes[1:], minutes[0] + 24 * 60] if minutes else [], strict=True)]
    if any(gap <= 2 * jitter_min for gap in gaps):
        raise BadInput(_("相邻两次点名的间隔应大于随机浮动的两倍"), field=field, mend=_("请拉开时刻，或减小随机浮动"))


def _audit(ctx: Context, plan: RollCallPlan, verb: str, label: Any, data: dict[str, Any]) -> None:
    auditing.record(
        ctx, action=f"{KIND}.{verb}", label=label, object_type=KIND, object_id=plan.pk, scope=plan.scope,
        data={"title": plan.title, **data},
    )  # fmt: skip
