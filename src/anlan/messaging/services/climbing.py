"""Climbing the ladders of calls whose time has passed: by telephone first, then the next person, then a person goes there."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import transaction

from anlan.events.messaging import CallExhausted
from anlan.kernel.announcing import announce_all
from anlan.kernel.context import Context
from anlan.kernel.loops import transition_all
from anlan.kernel.wording import words as _
from anlan.places.queries import Person, holders_of_posts, keys_with_role

from ..models import Call, CallAttempt, CallRound
from .calling import log_attempts, next_time, owner_keys
from .sending import send


def climb_calls(ctx: Context) -> int:
    """Climb every call of the world whose deadline the engine has passed; returns how many moved.

    All at once: when a hundred communities stay silent together, the hundred notices that follow find the work done.
    """
    with transaction.atomic():
        calls = list(
            Call.objects.in_world(ctx)
            .select_for_update(of=("self",))
            .select_related("round__message", "region")
            .filter(state="calling", rung__gte=1)
            .order_by("pk")
        )
        if not calls:
            return 0
        holders = holders_of_posts({rung["post"] for call in calls for rung in call.ladder})
        plans = {call.pk: _next(call, holders) for call in calls}
        climbing = [c for c in calls if plans[c.pk]["rung"] is not None]
        _climb(ctx, climbing, plans, holders)
        _exhaust(ctx, [c for c in calls if plans[c.pk]["rung"] is None])
        _note_gaps(ctx, calls, plans)
    return len(calls)


def _next(call: Call, holders: dict[str, list[Person]]) -> dict[str, Any]:
    """The next attempt: {"rung" (None: the ladder is at its end), "phoned", "gaps": rungs passed over for want of a holder}."""
    if not call.phoned:
        return {"rung": call.rung_now, "phoned": True, "gaps": []}
    gaps: list[int] = []
    for index in range(call.rung_now + 1, len(call.ladder)):
        if holders.get(call.ladder[index]["post"]):
            return {"rung": index, "phoned": call.round.urgent, "gaps": gaps}
        gaps.append(index)
    return {"rung": None, "phoned": True, "gaps": gaps}


def _climb(ctx: Context, calls: list[Call], plans: dict[Any, dict[str, Any]], holders: dict[str, list[Person]]) -> None:
    now = ctx.now()
    changes = {}
    for call in calls:
        plan = plans[call.pk]
        keys = sorted({*call.owner_keys, *owner_keys(call.ladder, plan["rung"])})
        changes[call.pk] = {
            "rung_now": plan["rung"], "phoned": plan["phoned"],
            "next_at": next_time(now, call.ladder, plan["rung"], phoned=plan["phoned"]),
            "owner_keys": keys, "shared_with": sorted({*call.shared_with, *keys}),
        }  # fmt: skip
    transition_all(ctx, calls, "climb", changes=changes)
    groups: dict[Any, list[tuple[Call, int, dict[str, list[Person]]]]] = defaultdict(list)
    for call in calls:
        plan = plans[call.pk]
        if plan["rung"] == call.rung_now:
            channels: tuple[str, ...] = ("phone",)
        else:
            channels = ("app", "email", "phone") if call.round.urgent else ("app", "email")
        groups[call.round, channels].append((call, plan["rung"], holders))
    for (round_, channels), attempts in groups.items():
        log_attempts(ctx, round_, attempts, channels=channels)


def _exhaust(ctx: Context, calls: list[Call]) -> None:
    moved = transition_all(ctx, calls, "exhaust")
    announce_all(
        ctx,
        [
            (CallExhausted(round=str(c.round_id), call=str(c.pk), region=short_code(c)), c.scope, c.shared_with)
            for c in moved
        ],
    )
    by_round: dict[Any, list[Call]] = defaultdict(list)
    for call in calls:
        by_round[call.round].append(call)
    for round_, unanswered in by_round.items():
        _tell_duty(ctx, round_, unanswered)


def _tell_duty(ctx: Context, round_: CallRound, calls: list[Call]) -> None:
    """One message for the whole wave: a duty officer who gets a hundred reads none."""
    names = "、".join(c.region.name for c in calls[:5])
    more = _("等 %(n)d 个地区") % {"n": len(calls)} if len(calls) > 5 else ""
    send(
        ctx, text=_("叫应“%(why)s”：%(names)s%(more)s无人应答，请派人上门") % {"why": round_.why, "names": names, "more": more},
        to_keys=keys_with_role("duty_officer", round_.scope), urgent=True, channels=("app",), scope=round_.scope,
        about=round_.about,
    )  # fmt: skip


def _note_gaps(ctx: Context, calls: list[Call], plans: dict[Any, dict[str, Any]]) -> None:
    now = ctx.now()
    CallAttempt.objects.bulk_create(
        [
            CallAttempt(
                call=call, post=call.ladder[index]["post"], post_name=call.ladder[index]["name"], rung=index, at=now,
                channel="app", outcome=CallAttempt.Outcome.NOBODY,
            )
            for call in calls
            for index in plans[call.pk]["gaps"]
        ]
    )  # fmt: skip


def short_code(call: Call) -> str:
    return call.scope.rstrip("/").rsplit("/", 1)[-1]
