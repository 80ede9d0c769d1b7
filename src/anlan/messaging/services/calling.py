"""Starting a round of calls (叫应) and chasing all who have not answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from anlan.events.messaging import CallRoundStarted
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.loops import open_records, transition_all
from anlan.kernel.wording import words as _
from anlan.places.queries import Person, Region, holders_of_posts, ladders_of

from ..calling import calling_rule
from ..models import Call, CallAttempt, CallRound, Delivery
from .sending import deliver, send, write_message

START = "messaging.call.start"
CHASE = "messaging.call.chase"


def start_calls(
    ctx: Context, *, why: str, text: str, regions: Iterable[Region], about: tuple[str, Any, str] = ("", "", ""),
    urgent: bool = False, series: str = "",
) -> CallRound:  # fmt: skip
    """Call the first on the ladder of every region; returns the round.

    `regions` are those that must answer (streets, communities); each is called by its own ladder, or by that of the region
    above it. `about` is (type, id, address of its page): the same object starts one round only, a second start returns it.
    `series` names what it is about (``warning:rainstorm``): a new round closes the open calls of older rounds of the series in
    the same regions. Raises BadInput when nothing is to be called.
    """
    regions = list({r.code: r for r in regions}.values())
    if not regions or not text.strip():
        raise BadInput(
            _("没有要叫应的地区") if not regions else _("没有叫应内容"), field="regions" if not regions else "text"
        )
    scope = _common_path(regions)
    ctx.require(START, scope)
    existing = _round_about(ctx, about, scope)
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            return _start(ctx, why, text, regions, about, urgent, series, scope)
    except IntegrityError:
        existing = _round_about(ctx, about, scope)
        if existing is None:
            raise
        return existing


def _starter(ctx: Context) -> str:
    """Who a reader is told started it: parts of the platform have names for the log only."""
    return str(_("平台自动发起")) if ctx.actor.key.startswith("system:") else ctx.actor.name[:120]


def _start(
    ctx: Context, why: str, text: str, regions: Sequence[Region], about: tuple[str, Any, str], urgent: bool, series: str,
    scope: str,
) -> CallRound:  # fmt: skip
    now = ctx.now()
    ladders = ladders_of(regions, calling_rule().next_after_min)
    called = [(region, ladders[region.code]) for region in regions]
    holders = holders_of_posts({rung["post"] for _region, ladder in called for rung in ladder})
    plan = [(region, ladder, _first_held(ladder, holders)) for region, ladder in called]
    message = write_message(ctx, text=text, about=about, urgent=urgent, scope=scope)
    round_ = CallRound(
        why=why[:200], text=message.text, about_type=about[0], about_id=str(about[1]), about_url=about[2], urgent=urgent,
        series=series, message=message, started_at=now, started_by=ctx.actor.key, started_by_name=_starter(ctx),
        scope=scope, world_id=ctx.world,
    )  # fmt: skip
    round_.save(force_insert=True)
    _supersede(ctx, round_, regions)
    rows = [
        {
            "round": round_, "region": region, "scope": region.path, "ladder": ladder,
            "rung_now": max(len(ladder) - 1, 0) if rung is None else rung,
            "phoned": urgent or rung is None, "next_at": now if rung is None else next_time(now, ladder, rung, phoned=urgent),
            "owner_keys": owner_keys(ladder, rung), "shared_with": owner_keys(ladder, rung),
        }
        for region, ladder, rung in plan
    ]  # fmt: skip
    calls = open_records(ctx, Call, rows, note={"round": str(round_.pk), "why": why})
    skipped = [
        (call, index, None) for call, (_r, ladder, rung) in zip(calls, plan, strict=True)
        for index in range(len(ladder) if rung is None else rung)
    ]  # fmt: skip
    reached = [(call, rung, holders) for call, (_r, _l, rung) in zip(calls, plan, strict=True) if rung is not None]
    log_attempts(ctx, round_, [*skipped, *reached], channels=("app", "email", "phone") if urgent else ("app", "email"))
    auditing.record(
        ctx, action="messaging.round.started", label=_("发起叫应"), object_type="messaging.round", object_id=round_.pk,
        scope=scope, data={"why": why, "calls": len(calls), "urgent": urgent, "about": [about[0], str(about[1])]},
    )  # fmt: skip
    started = CallRoundStarted(
        round=str(round_.pk),
        why=round_.why,
        calls=len(calls),
        urgent=urgent,
        about_type=about[0],
        about_id=str(about[1]),
    )
    announce(ctx, started, scope=scope)
    return round_


def _supersede(ctx: Context, round_: CallRound, regions: Sequence[Region]) -> None:
    """Close what older rounds of the series still ask of the same regions: nobody answers twice about one danger."""
    if not round_.series:
        return
    older = CallRound.objects.in_world(ctx).filter(series=round_.series, superseded_by=None).exclude(pk=round_.pk)
    calls = list(Call.objects.in_world(ctx).open().filter(round__in=older, region__in=regions))
    reason = _("由新一轮叫应取代：%(why)s") % {"why": round_.why}
    machine = system("messaging.calls", world=ctx.world, cause=ctx.cause or ctx.actor.key)
    transition_all(machine, calls, "supersede", evidence={"by": str(round_.pk), "reason": reason})
    CallRound.objects.in_world(ctx).filter(pk__in={c.round_id for c in calls}).update(
        superseded_by=round_, closed_reason=reason[:200]
    )


def chase_calls(ctx: Context, *, round: CallRound | UUID | str) -> int:
    """Ring everybody again who is being called and has not answered; returns how many calls. The clocks run on."""
    round_ = _visible_round(ctx, round)
    ctx.require(CHASE, round_.scope)
    with transaction.atomic():
        # In the order in which the ladder locks them: two that lock many at once would wait for each other for ever.
        rows = Call.objects.visible_to(ctx).select_for_update(of=("self",)).filter(round=round_, state="calling")
        calls = list(rows.order_by("pk"))
        if not calls:
            raise Refused(_("这一轮没有正在叫应、尚未应答的对象"), mend=_("无人应答的，请派人上门"))
        holders = holders_of_posts({rung["post"] for call in calls if (rung := call.rung_called())})
        log_attempts(ctx, round_, [(call, call.rung_now, holders) for call in calls], channels=("phone",))
        people = [p for call in calls if (rung := call.rung_called()) for p in holders.get(rung["post"], ())]
        text = _("催办：请立即应答。%(text)s") % {"text": round_.text.removeprefix("【演练】")}
        send(
            ctx, text=text, people=people, urgent=True, channels=("app",), scope=round_.scope,
            about=round_.about,
        )  # fmt: skip
        auditing.record(
            ctx, action="messaging.round.chased", label=_("一键催办"), object_type="messaging.round", object_id=round_.pk,
            scope=round_.scope, data={"calls": len(calls)},
        )  # fmt: skip
    return len(calls)


def log_attempts(
    ctx: Context, round_: CallRound, attempts: Iterable[tuple[Call, int, dict[str, list[Person]] | None]], *,
    channels: Sequence[str],
) -> None:  # fmt: skip
    """Call the holders of a rung by each channel and write every attempt down; without holders the gap is written down."""
    attempts = list(attempts)
    now = ctx.now()
    people = [p for call, rung, held in attempts if held for p in held.get(call.ladder[rung]["post"], ())]
    deliveries = deliver(ctx, round_.message, people, channels=channels)
    rows: list[CallAttempt] = []
    for call, index, held in attempts:
        rung = call.ladder[index]
        base = {"call": call, "post": rung["post"], "post_name": rung["name"], "rung": index, "at": now}
        reached = (held or {}).get(rung["post"], [])
        if not reached:
            rows.append(CallAttempt(**base, channel="app", outcome=CallAttempt.Outcome.NOBODY))
        for person in reached:
            for channel in channels:
                delivery = deliveries.get((person.pk, channel))
                if delivery is None and channel != "app":
                    continue
                rows.append(_attempt(base, person, delivery))
    CallAttempt.objects.bulk_create(rows, batch_size=500)


def _attempt(base: dict[str, Any], person: Person, delivery: Delivery | None) -> CallAttempt:
    channel = delivery.channel if delivery else Delivery.Channel.APP
    by_hand = channel == Delivery.Channel.BY_HAND
    return CallAttempt(
        **base, person=person, person_name=person.name, channel=channel, delivery=delivery,
        outcome=CallAttempt.Outcome.TO_DIAL if by_hand else CallAttempt.Outcome.CALLED,
        simulated=channel == Delivery.Channel.PHONE,
    )  # fmt: skip


def next_time(now: datetime, ladder: list[dict[str, Any]], rung: int, *, phoned: bool) -> datetime:
    """When to try again: by telephone when that has not rung yet, otherwise the next on the ladder."""
    rule = calling_rule()
    if not phoned:
        return now + timedelta(minutes=rule.phone_after_min)
    after = ladder[rung + 1]["after_min"] if rung + 1 < len(ladder) else rule.next_after_min
    return now + timedelta(minutes=after or rule.next_after_min)


def owner_keys(ladder: list[dict[str, Any]], rung: int | None) -> list[str]:
    """Everybody called so far may answer."""
    return sorted({f"post:{r['post']}" for r in ladder[: (len(ladder) if rung is None else rung + 1)]})


def _first_held(ladder: list[dict[str, Any]], holders: dict[str, list[Person]]) -> int | None:
    return next((i for i, rung in enumerate(ladder) if holders.get(rung["post"])), None)


def _common_path(regions: Sequence[Region]) -> str:
    levels = zip(*(r.path.split("/")[:-1] for r in regions), strict=False)
    return "".join(f"{codes[0]}/" for codes in takewhile(lambda codes: len(set(codes)) == 1, levels))


def _round_about(ctx: Context, about: tuple[str, Any, str], scope: str) -> CallRound | None:
    if not str(about[1]):
        return None
    rounds = CallRound.objects.in_world(ctx).filter(about_type=about[0], about_id=str(about[1]), scope=scope)
    return rounds.first()


def _visible_round(ctx: Context, given: CallRound | UUID | str) -> CallRound:
    return CallRound.objects.get_visible(ctx, pk=given.pk if isinstance(given, CallRound) else given)
