"""Changing shifts between two people: asked by one, agreed by the other, approved by the chief."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from anlan.command.models import Shift, Swap
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.loops import open_record, reassign, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.models import Person

from .shifts import check_free, put_on


def ask_swap(
    ctx: Context, *, shift: Shift, to: Person | None = None, other: Shift | None = None, reason: str = ""
) -> Swap:
    """The person of `shift` asks `to` to take it, or the person of `other` to change with them. Raises NotFound, NotAllowed,
    BadInput (no reason, nobody, no longer here), Conflict (taken then, already begun, already asked).
    """
    mine: Shift = Shift.objects.select_related("region", "person").get_visible(ctx, pk=shift.pk)
    if mine.person.key != ctx.actor.key:
        raise NotAllowed(_("只能为自己的班申请换班"), mend=_("临时换人请值班长安排替班"))
    if other is not None:
        other = Shift.objects.select_related("region", "person").get_visible(ctx, pk=other.pk)
        to = other.person
    if to is None or to.pk == mine.person_id:
        raise BadInput(_("请选择与谁换班"), field="to")
    if not reason.strip():
        raise BadInput(_("请写明换班原因"), field="reason")
    _ahead(ctx, mine, other)
    if other is not None and other.region_id != mine.region_id:
        raise BadInput(_("只能与同一值班室的人换班"), field="other", mend=_("请值班长安排替班"))
    try:
        with transaction.atomic():
            check_free(ctx, mine, to, without=(other.pk,) if other else ())
            if other is not None:
                check_free(ctx, other, mine.person, without=(mine.pk,))
            made: Swap = open_record(
                ctx, Swap, shift=mine, other=other, by=mine.person, to=to, reason=whole(reason, 200, "reason"), scope=mine.scope,
                owner_keys=[to.key], shared_with=sorted({to.key, mine.person.key}),
            )  # fmt: skip
            _say(
                ctx, made, _("%(swap)s。原因：%(why)s。请答复") % {"swap": str(made), "why": made.reason}, [to], "asked"
            )
    except IntegrityError:
        raise Conflict(_("这一班已有换班申请在办"), mend=_("请先撤回那一份")) from None
    return made


@step_service("command.swap", "agree")
def agree(ctx: Context, swap: Swap, evidence: dict[str, Any]) -> Swap:
    with transaction.atomic():
        _still_good(ctx, swap)
        agreed: Swap = transition(ctx, swap, "agree", evidence=evidence)
    return agreed


@step_service("command.swap", "approve")
def approve(ctx: Context, swap: Swap, evidence: dict[str, Any]) -> Swap:
    """Approve: both shifts change hands in one transaction. Nobody approves a swap of their own."""
    if ctx.actor.key in (swap.by.key, swap.to.key):
        raise NotAllowed(_("自己的换班由别人批准"), mend=_("请带班领导批准"))
    with transaction.atomic():
        # Both rows in one order, so that two approvals never wait for each other.
        wanted = [pk for pk in (swap.shift_id, swap.other_id) if pk]
        rows = {
            s.pk: s
            for s in Shift.objects.select_for_update(of=("self",)).in_world(ctx).filter(pk__in=wanted).order_by("pk")
        }
        done: Swap = transition(ctx, swap, "approve", evidence=evidence)
        _still_good(ctx, done)
        shift, other = rows[done.shift_id], rows.get(done.other_id) if done.other_id else None
        if other is None:
            put_on(ctx, shift, done.to, done.reason)
        else:
            _exchange(ctx, shift, other, done)
        _say(ctx, done, _("已批准：%(swap)s") % {"swap": str(done)}, [done.by, done.to], "approved")
    return done


def _exchange(ctx: Context, shift: Shift, other: Shift, swap: Swap) -> None:
    check_free(ctx, shift, swap.to, without=(other.pk,))
    check_free(ctx, other, swap.by, without=(shift.pk,))
    for row, person in ((shift, swap.to), (other, swap.by)):
        row.person, row.why_changed = person, swap.reason
        row.save(update_fields=["person", "why_changed"])
        reassign(ctx, row, owner_keys=[person.key], reason=swap.reason)


def withdraw_swap(ctx: Context, *, swap: Swap, reason: str = "") -> Swap:
    """Take back what one has asked for oneself."""
    mine: Swap = Swap.objects.select_related("by").get_visible(ctx, pk=swap.pk)
    if mine.by.key != ctx.actor.key:
        raise NotAllowed(_("只能撤回自己的申请"))
    machine = system("rosters", world=ctx.world, cause=f"by:{ctx.actor.key}")
    return transition(machine, mine, "withdraw", evidence={"reason": reason or None})  # type: ignore[no-any-return]


def _ahead(ctx: Context, *shifts: Shift | None) -> None:
    for shift in shifts:
        if shift is not None and (shift.state != "planned" or shift.starts_at <= ctx.now()):
            raise Conflict(
                _("“%(shift)s”已经开始或不再有效") % {"shift": str(shift)}, mend=_("已经开始的班请值班长安排替班")
            )


def _still_good(ctx: Context, swap: Swap) -> None:
    """What was asked may have changed meanwhile: a shift begun, given to somebody else, a person who has left."""
    for shift, person in ((swap.shift, swap.by), (swap.other, swap.to)):
        if shift is None:
            continue
        fresh = Shift.objects.in_world(ctx).select_related("person", "region").get(pk=shift.pk)
        _ahead(ctx, fresh)
        if fresh.person_id != person.pk:
            raise Conflict(
                _("“%(shift)s”已不是%(name)s的班") % {"shift": str(fresh), "name": person.name},
                mend=_("请撤回后按现在的值班表重新申请"),
            )
    for person in (swap.by, swap.to):
        if not Person.objects.filter(pk=person.pk, is_active=True).exists():
            raise Refused(_("“%(name)s”的账号已停用，不能换班") % {"name": person.name}, mend=_("请改为替班"))
    check_free(ctx, swap.shift, swap.to, without=(swap.other_id,) if swap.other_id else ())


def _say(ctx: Context, swap: Swap, text: str, people: list[Person], step: str) -> None:
    send(
        ctx, text=text, people=people, about=(Swap.loop.key, swap.pk, swap.get_absolute_url()), scope=swap.scope,
        dedupe=f"swap:{swap.pk}:{step}",
    )  # fmt: skip
