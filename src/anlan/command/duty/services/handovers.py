"""交接班: whoever leaves names every open matter, whoever comes takes it over, both sign; what stood there stays as it stood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.timezone import localtime

from anlan.command.data.duty_rules import duty_rules
from anlan.command.models import Handover, Shift
from anlan.kernel.context import Context, system
from anlan.kernel.errors import Conflict, NotAllowed, Refused
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.places.models import Region
from anlan.places.queries import person_of

from ..loops import DESK
from ..matters import merged, open_matters
from ..queries import has_roster, on_duty
from .shifts import end_shift, sign_on

MOST_WORD = 200
MOST_REMARKS = 3000


def begin_handover(ctx: Context, *, region: Region) -> Handover:
    """The officer on duty begins to hand over. Where a roster covers the time, only somebody who sits at the desk now may.

    Raises NotAllowed, Conflict when one is being made already.
    """
    person = person_of(ctx)
    if person is None:
        raise NotAllowed()
    shift = _own_shift(ctx, region, "on_duty")
    if shift is None and has_roster(ctx, region, ctx.now()):
        raise NotAllowed(_("您现在不在班上，不能交班"), mend=_("请由在岗并已签到的人交班；刚到岗请先签到"))
    if shift is None and not any(ctx.holds(role, region.path) for role in DESK):
        raise NotAllowed(_("您不在这个值班室值班"))
    try:
        with transaction.atomic():
            made: Handover = open_record(
                ctx, Handover, region=region, scope=region.path, outgoing=shift, outgoing_person=person, owner_keys=[person.key],
                shared_with=[person.key],
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("已有一份交接班正在办"), mend=_("请打开那一份办完，或先撤回它")) from None
    return made


def items_of(ctx: Context, handover: Handover) -> list[dict[str, Any]]:
    """What is handed over: what is open now while it is drafted, what stood when it was signed from then on."""
    if handover.state != "drafted":
        return handover.items
    with own_language():
        return merged(open_matters(ctx, handover.region), handover.items)


def mark_items(ctx: Context, *, handover: Handover, told: set[str], words: Mapping[str, str], remarks: str) -> Handover:
    """Tick matters (keys) as told and put a word to them; what is not named is not told. Raises NotFound, NotAllowed, Conflict."""
    with transaction.atomic():
        fresh = _mine(ctx, handover)
        items = items_of(ctx, fresh)
        for item in items:
            item["told"] = item["key"] in told
            item["word"] = whole(
                str(words.get(item["key"], "")), MOST_WORD, f"word-{item['key']}", item.get("title", "")
            )
        fresh.items, fresh.remarks = items, whole(remarks, MOST_REMARKS, "remarks")
        fresh.save(update_fields=["items", "remarks"])
    handover.items, handover.remarks = fresh.items, fresh.remarks
    return fresh


def _mine(ctx: Context, handover: Handover) -> Handover:
    rows = Handover.objects.select_for_update(of=("self",)).select_related("region", "outgoing_person")
    fresh: Handover = rows.get_visible(ctx, pk=handover.pk)
    if fresh.outgoing_person.key != ctx.actor.key:
        raise NotAllowed(_("由交班人“%(name)s”填写") % {"name": fresh.outgoing_person.name})
    if fresh.state != "drafted":
        raise Conflict(_("交班人已签字，内容不能再改"), mend=_("要补充请接班人退回"))
    return fresh


@step_service("command.handover", "sign")
def sign(ctx: Context, handover: Handover, evidence: dict[str, Any]) -> Handover:
    """The outgoing officer signs: every open matter is told, and the list stands from now on."""
    with transaction.atomic():
        fresh = _mine(ctx, handover)
        items = items_of(ctx, fresh)
        left = [item for item in items if not item["told"]]
        if left:
            raise Refused(
                _("还有 %(n)d 项没有交代：%(first)s") % {"n": len(left), "first": left[0]["title"][:40]},
                mend=_("请逐项打勾；签字期间新来的事项也要交代"), field="told",
            )  # fmt: skip
        if has_roster(ctx, fresh.region, ctx.now()) and _own_shift(ctx, fresh.region, "on_duty") is None:
            raise NotAllowed(_("您现在不在班上，不能签字交班"), mend=_("请由在岗并已签到的人重新交班"))
        done: Handover = transition(
            ctx,
            fresh,
            "sign",
            evidence=evidence,
            items=items,
            outgoing_signed_at=ctx.now(),
            on_duty=_seated(ctx, fresh.region),
        )
    return done


@step_service("command.handover", "return")
def give_back(ctx: Context, handover: Handover, evidence: dict[str, Any]) -> Handover:
    """The incoming officer wants more: the signature falls, what was ticked stays; it is signed anew."""
    done: Handover = transition(ctx, handover, "return", evidence=evidence, outgoing_signed_at=None)
    return done


def may_begin(ctx: Context, region: Region) -> bool:
    """Whether `begin_handover` lets this person begin: who sits at the desk now, or anybody of the room where no roster holds."""
    if not any(ctx.holds(role, region.path) for role in DESK):
        return _own_shift(ctx, region, "on_duty") is not None
    return _own_shift(ctx, region, "on_duty") is not None or not has_roster(ctx, region, ctx.now())


def may_take(ctx: Context, handover: Handover) -> bool:
    """Whether this person is the one to sign for it: not who hands over, and by the roster on the shift that takes over."""
    person = person_of(ctx)
    if person is None or person.pk == handover.outgoing_person_id:
        return False
    mine = _own_shift(ctx, handover.region, "on_duty", "planned", but=handover.outgoing)
    return mine is not None or not has_roster(ctx, handover.region, ctx.now())


@step_service("command.handover", "take")
def take(ctx: Context, handover: Handover, evidence: dict[str, Any]) -> Handover:
    """The incoming officer signs: the shifts at the desk that end with the outgoing one are over, the own one has begun."""
    person = person_of(ctx)
    if person is None or person.pk == handover.outgoing_person_id:
        raise NotAllowed(_("交班人不能自己接班"), mend=_("请接班的人登录后签字"))
    with transaction.atomic():
        mine = _own_shift(ctx, handover.region, "on_duty", "planned", but=handover.outgoing)
        if mine is None and has_roster(ctx, handover.region, ctx.now()):
            raise NotAllowed(_("值班表上这一班不是您"), mend=_("请由排在这一班的人接班；临时换人先请值班长安排替班"))
        if mine is not None and mine.state == "planned":
            mine = sign_on(ctx, mine, {})
        done: Handover = transition(
            ctx,
            handover,
            "take",
            evidence=evidence,
            incoming=mine,
            incoming_person=person,
            incoming_signed_at=ctx.now(),
        )
        if done.outgoing is not None:
            _end_with(ctx, done, mine)
    return done


def _end_with(ctx: Context, handover: Handover, mine: Shift | None) -> None:
    """Whoever sat at the desk and whose time ends no later than the outgoing officer's has handed over too."""
    outgoing = handover.outgoing
    assert outgoing is not None
    machine = system("rosters", world=ctx.world, cause=f"handover:{handover.pk}")
    rows = Shift.objects.in_world(ctx).filter(region=handover.region, desk=True, state="on_duty")
    for shift in rows.filter(Q(ends_at__lte=outgoing.ends_at) | Q(pk=outgoing.pk)).order_by("pk"):
        if mine is None or shift.pk != mine.pk:
            end_shift(machine, shift, "hand_over", {"handover": str(handover.pk)})


def _own_shift(ctx: Context, region: Region, *states: str, but: Shift | None = None) -> Shift | None:
    """The actor's own shift at the desk of a region now; one that is only planned counts from when signing on is accepted."""
    person = person_of(ctx)
    if person is None:
        return None
    early = ctx.now() + timedelta(minutes=duty_rules().sign_on_early)
    rows = Shift.objects.in_world(ctx).filter(region=region, person=person, desk=True, starts_at__lte=early)
    rows = rows.filter(Q(state="on_duty") | Q(state="planned", ends_at__gt=ctx.now()), state__in=states)
    found: Shift | None = (
        rows.exclude(pk=but.pk if but else None)
        .select_related("region", "person")
        .order_by("-state", "-starts_at")
        .first()
    )
    return found


def _seated(ctx: Context, region: Region) -> list[dict[str, str]]:
    """Who was on duty, as the record keeps it."""
    return [
        {
            "seat": o.seat_name, "name": o.person.name,
            "since": f"{localtime(o.shift.signed_on_at):%m-%d %H:%M}" if o.shift.signed_on_at else "",
        }
        for o in on_duty(ctx, region)
    ]  # fmt: skip


__all__ = ["begin_handover", "give_back", "items_of", "mark_items", "sign", "take"]
