"""Drawing up a roll call, asking the silent again, and finding out who is absent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.data.rollcall import rollcall_rule
from anlan.command.models import RollCall, RollCallAnswer, RollCallPlan
from anlan.command.units import Unit, asking_street, chosen_units, on_shift, path_of_asking
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, NotAllowed, Refused
from anlan.kernel.loops import open_record, open_records, transition, transition_all
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging.services import send

from ..loops import ROLLCALL

DRAW = "command.rollcall.draw"
CHANNELS = ("app", "email", "phone")
#: The same silent units are asked again at most every so many minutes.
CHASE_AGAIN_MIN = 2
LEAST_MIN, MOST_MIN = 10, 120


def draw_rollcall(
    ctx: Context, *, organisations: Iterable[str], title: str = "", text: str = "", answer_min: int | None = None
) -> RollCall:
    """Draw up a roll call and ask every unit at once, in the app, by mail and by telephone.

    `organisations` are codes. `answer_min` minutes to answer (the rule's when None; 10 to 120). A unit whose duty post
    nobody holds counts as absent from the beginning. Raises BadInput naming the field, NotAllowed.
    """
    minutes = checked_minutes(answer_min)
    units = chosen_units(ctx, DRAW, organisations)
    path = path_of_asking(ctx, DRAW, units)
    by = ctx.actor.signature
    return ask_units(
        ctx, units, path=path, title=whole(title, 120, "title"), text=whole(text, 500, "text"), minutes=minutes, by=by,
        by_street=asking_street(ctx, path),
    )  # fmt: skip


def checked_minutes(given: int | None) -> int:
    minutes = rollcall_rule().answer_within_min if given is None else given
    if not LEAST_MIN <= minutes <= MOST_MIN:
        raise BadInput(
            _("应答时限应在 %(a)d 到 %(b)d 分钟之间") % {"a": LEAST_MIN, "b": MOST_MIN}, field="answer_min",
            mend=_("请填写分钟数"),
        )  # fmt: skip
    return minutes


def ask_units(
    ctx: Context, units: Sequence[Unit], *, path: str, title: str, text: str, minutes: int, by: str, by_street: str,
    plan: RollCallPlan | None = None, planned_at: datetime | None = None,
) -> RollCall:  # fmt: skip
    """The roll call, an answer owed by each unit, one message to all; in one transaction."""
    units = on_shift(ctx, units)
    now = ctx.now()
    due = now + timedelta(minutes=minutes)
    title = title or _("值守点名 %(at)s") % {"at": f"{localtime(now):%m-%d %H:%M}"}
    text = text or _("请在 %(n)d 分钟内应答，确认有人在岗") % {"n": minutes}
    owner = {"owner_role": "town"} if by_street else {}
    with transaction.atomic():
        call: RollCall = open_record(
            ctx, RollCall, scope=path, shared_with=sorted(u.key for u in units), title=title[:120], text=text[:500], plan=plan,
            planned_at=planned_at, answer_by=due, drawn_by=by[:160], by_street=by_street, note={"units": len(units)}, **owner,
        )  # fmt: skip
        answers = open_records(ctx, RollCallAnswer, [
            {
                "rollcall": call, "organisation": u.organisation, "scope": u.organisation.scope,
                "shared_with": sorted({u.key, *u.owner_keys, *u.leader_keys}), "owner_keys": u.owner_keys,
                "leader_keys": u.leader_keys, "post_name": u.duty.name if u.duty else "",
                "called": [{"person": str(p.pk), "name": p.name, "post": u.duty.name if u.duty else ""} for p in u.people],
            }
            for u in units
        ])  # fmt: skip
        message = send(
            ctx, text=_("【点名】%(title)s：%(text)s。请在 %(due)s 前应答") % {
                "title": title, "text": text.rstrip("。"), "due": f"{localtime(due):%H:%M}",
            },
            people=[p for u in units for p in u.people], urgent=True, channels=CHANNELS, scope=path, about=about(call),
        )  # fmt: skip
        RollCall.objects.in_world(ctx).filter(pk=call.pk).update(message=message)
        call.message = message
        nobody = [a for a in answers if not a.called]
        if nobody:
            machine = system("command.rollcall", world=ctx.world, cause=ctx.actor.key)
            changes = {pk: {**fields, "note": _("岗位无人")} for pk, fields in _also_leaders(nobody).items()}
            transition_all(machine, nobody, "miss", evidence={"reason": _("岗位无人")}, changes=changes)
            if len(nobody) == len(answers):
                follow(machine, call)
    return call


def _also_leaders(absent: Sequence[RollCallAnswer]) -> dict[Any, dict[str, Any]]:
    """When the duty post is silent, whoever leads the unit may answer and explain too."""
    return {a.pk: {"owner_keys": sorted({*a.owner_keys, *a.leader_keys})} for a in absent}


def about(call: RollCall) -> tuple[str, Any, str]:
    return (ROLLCALL.key, call.pk, call.get_absolute_url())


def chase(ctx: Context, *, rollcall: RollCall) -> int:
    """Ring everybody again who has not answered; returns how many units. The clocks run on."""
    require_caller(ctx, rollcall)
    now = ctx.now()
    silent = list(
        RollCallAnswer.objects.in_world(ctx).filter(rollcall=rollcall, state__in=("asked", "absent")).order_by("pk")
    )
    if not silent:
        raise Refused(_("这次点名没有未应答的单位"), mend=_("请刷新后查看最新状态"))
    bucket = int(now.timestamp()) // (CHASE_AGAIN_MIN * 60)
    with transaction.atomic():
        said = send(
            ctx, text=_("【催应答】%(title)s：请立即应答。%(text)s") % {"title": rollcall.title, "text": rollcall.text},
            to_keys={key for a in silent for key in a.owner_keys}, urgent=True, channels=CHANNELS, scope=rollcall.scope,
            about=about(rollcall), dedupe=f"rollcall-chase:{rollcall.pk}:{bucket}",
        )  # fmt: skip
        if said is None:
            return 0
        auditing.record(
            ctx, action="command.rollcall.chase", label=_("催应答"), object_type=ROLLCALL.key, object_id=rollcall.pk,
            scope=rollcall.scope, data={"units": len(silent)},
        )  # fmt: skip
    return len(silent)


def require_caller(ctx: Context, rollcall: RollCall) -> None:
    if not any(ctx.holds(role, rollcall.scope) for role in rollcall.callers):
        raise NotAllowed(_("只有发起点名的值班室可以办理"))


@step_service("command.rollcall", "withdraw")
def withdraw_rollcall(ctx: Context, rollcall: RollCall, evidence: dict[str, Any]) -> RollCall:
    """The roll call was a mistake: what it asks falls away and counts nowhere."""
    with transaction.atomic():
        machine = system("command.rollcall", world=ctx.world, cause=ctx.actor.key)
        # The answers before their roll call, as every answer locks them.
        rows = RollCallAnswer.objects.in_world(ctx).select_for_update(of=("self",)).order_by("pk")
        waiting = list(rows.filter(rollcall=rollcall, closed_at=None))
        moved: RollCall = transition(ctx, rollcall, "withdraw", evidence=evidence)
        transition_all(machine, waiting, "withdraw", evidence={"reason": evidence["reason"]})
    return moved


def miss_silent(ctx: Context, rollcall: RollCall) -> int:
    """The time to answer is over: whoever is silent is absent, and hears so; returns how many units."""
    with transaction.atomic():
        rows = RollCallAnswer.objects.in_world(ctx).select_for_update(of=("self",)).order_by("pk")
        silent = [a for a in rows.filter(rollcall=rollcall, state="asked") if a.is_late(ctx.now())]
        transition_all(ctx, silent, "miss", evidence={"reason": _("时限内未应答")}, changes=_also_leaders(silent))
        call = RollCall.objects.in_world(ctx).select_for_update(of=("self",)).get(pk=rollcall.pk)
        if call.state == "calling" and call.answer_by <= ctx.now():
            follow(ctx, call)
        if silent:
            send(
                ctx, text=_("【点名未应答】%(title)s：您单位到时未应答，请立即应答并说明原因") % {"title": call.title},
                to_keys={key for a in silent for key in a.owner_keys}, urgent=True, channels=CHANNELS, scope=call.scope,
                about=about(call), dedupe=f"rollcall-missed:{call.pk}",
            )  # fmt: skip
    return len(silent)


def follow(ctx: Context, call: RollCall) -> None:
    """From asking to following up the absent; without any it is over."""
    absent = RollCallAnswer.objects.in_world(ctx).filter(rollcall=call, state="absent").select_related("organisation")
    names = "、".join(str(a.organisation) for a in absent.order_by("organisation_id"))
    owner: dict[str, Any] = {"owner_role": "town"} if call.by_street else {}
    if names:
        transition(ctx, call, "follow", absent_names=names[:500], **owner)
    else:
        finish_when_answered(ctx, call)


def finish_when_answered(ctx: Context, call: RollCall) -> None:
    """The roll call ends by itself with the last answer. Held while it is counted, so that two last ones do not both look away."""
    machine = system("command.rollcall", world=ctx.world, cause=ctx.actor.key)
    held = RollCall.objects.in_world(ctx).select_for_update(of=("self",)).get(pk=call.pk)
    waiting = RollCallAnswer.objects.in_world(ctx).open().filter(rollcall=held)
    if held.is_open and not waiting.exists():
        transition(machine, held, "finish")
