"""Signing on and off, putting somebody else on a shift at short notice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.data.duty_rules import duty_rules
from anlan.command.models import Shift
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.loops import open_record, reassign, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL
from anlan.messaging.services import send
from anlan.places.models import Holding, Person, Post
from anlan.places.staffing import hand_over as appoint

from ..circumstances import TAKEN, candidates, roles_of, serves
from ..loops import CHIEFS

#: Roles that a shift lends to a person who does not hold them; whoever is in charge is appointed, not lent.
LENT = ("duty_officer", "duty_chief")
#: How long after the end of the shift what was lent lasts at most: the handover takes it back earlier.
LENT_BEYOND = timedelta(hours=4)

#: So many are written down in one turn; the next turn goes on.
MOST_LAPSED = 500


@step_service("command.shift", "sign_on")
def sign_on(ctx: Context, shift: Shift, evidence: dict[str, Any]) -> Shift:
    """签到, by the person of the shift only, from two hours before it begins. Raises NotAllowed, Conflict, Refused.

    Somebody who was relieved of every post in the region since the roster was published takes no seat, and is lent none.
    """
    early = timedelta(minutes=duty_rules().sign_on_early)
    if ctx.now() < shift.starts_at - early:
        raise Refused(
            _("还没到签到时间：%(at)s 接班") % {"at": f"{localtime(shift.starts_at):%m-%d %H:%M}"},
            mend=_("接班前 %(n)d 分钟起可以签到") % {"n": duty_rules().sign_on_early},
        )
    if ctx.now() >= shift.ends_at:
        raise Refused(_("这一班已经结束，不能再签到"), mend=_("请值班长记为缺岗，或在值班日志里说明"))
    if not serves(shift.person, shift.region):
        raise NotAllowed(_("您在本地区已没有任职，不能签到"), mend=_("请值班长安排替班"))
    with transaction.atomic():
        done: Shift = transition(ctx, shift, "sign_on", evidence=evidence, signed_on_at=ctx.now())
        _lend(ctx, done)
    return done


@step_service("command.shift", "sign_off")
def sign_off(ctx: Context, shift: Shift, evidence: dict[str, Any]) -> Shift:
    """下班, for seats that hand nothing over. A seat at the desk is left by a handover."""
    if shift.desk and not any(ctx.holds(role, shift.scope) for role in CHIEFS):
        raise Refused(_("值班台的班位要交接后才能下班"), mend=_("请先办交接班；没有人接班时请值班长代为办理"))
    if shift.desk and not str(evidence.get("note") or "").strip():
        raise BadInput(_("值班台没有交接就下班，请写明原因"), field="note", mend=_("写明由谁接手、有什么没办完"))
    return end_shift(ctx, shift, "sign_off", evidence)


def lapse_shifts(ctx: Context) -> int:
    """Shifts whose time is over and to which nobody signed on: 无人到岗, a fact for the chief and the duty inspection. Who is
    signing on at this moment keeps the shift. Returns how many. For the platform; running twice is harmless."""
    over = Shift.objects.in_world(ctx).filter(state="planned", ends_at__lte=ctx.now()).order_by("ends_at", "pk")
    found = 0
    for pk in list(over.values_list("pk", flat=True)[:MOST_LAPSED]):
        with transaction.atomic():
            rows = Shift.objects.select_for_update(of=("self",), skip_locked=True).in_world(ctx)
            shift = rows.select_related("region", "person").filter(pk=pk, state="planned").first()
            if shift is None:
                continue
            transition(ctx, shift, "lapse")
            found += 1
    return found


def end_shift(ctx: Context, shift: Shift, step: str, evidence: dict[str, Any]) -> Shift:
    """The shift is over; what it lent is taken back."""
    with transaction.atomic():
        done: Shift = transition(ctx, shift, step, evidence=evidence, ended_at=ctx.now())
        _take_back(ctx, done)
    return done


def substitute(ctx: Context, *, shift: Shift, to: Person, reason: str) -> Shift:
    """Put somebody else on a shift that is not over (病假 and the like), at once and with a reason. For chiefs.

    Raises NotFound, NotAllowed, BadInput (no reason, cannot be on the roster), Conflict (taken elsewhere, moved on).
    """
    reason = whole(reason, 200, "reason")
    with transaction.atomic():
        fresh: Shift = Shift.objects.select_for_update(of=("self",)).get_visible(ctx, pk=shift.pk)
        if not any(ctx.holds(role, fresh.scope) for role in (*CHIEFS, "system")):
            raise NotAllowed(_("替班由值班长或带班领导安排"), mend=_("您可以申请换班"))
        if not reason:
            raise BadInput(_("请写明替班原因"), field="reason", mend=_("例如：病假，由谁批准"))
        if fresh.state not in ("planned", "on_duty"):
            raise Conflict(_("这一班%(state)s，不能再换人") % {"state": fresh.state_label})
        if to.pk == fresh.person_id:
            raise BadInput(_("这一班本来就是“%(name)s”") % {"name": to.name}, field="to", mend=_("请换一个人"))
        change = _relieve if fresh.state == "on_duty" else put_on
        fresh = change(ctx, fresh, to, reason)
    shift.refresh_from_db()
    return fresh


def put_on(ctx: Context, shift: Shift, to: Person, reason: str) -> Shift:
    """`shift` (locked, not begun) goes to somebody else; the caller has decided that it may."""
    check_free(ctx, shift, to)
    was = shift.person
    shift.person, shift.why_changed = to, reason
    shift.save(update_fields=["person", "why_changed"])
    moved: Shift = reassign(ctx, shift, owner_keys=[to.key], reason=reason)
    _tell(ctx, moved, was, reason)
    return moved


def _relieve(ctx: Context, shift: Shift, to: Person, reason: str) -> Shift:
    """Somebody falls ill on duty: the shift ends now and its rest becomes a shift of its own, so that who sat when stays true."""
    check_free(ctx, shift, to)
    machine = system("rosters", world=ctx.world, cause=ctx.cause)
    if shift.ends_at <= ctx.now():
        raise Conflict(_("这一班已经到点"), mend=_("请接班的人办交接"))
    end_shift(machine, shift, "sign_off", {"note": reason})
    rest: Shift = open_record(
        machine, Shift, roster=shift.roster, region=shift.region, scope=shift.scope, shared_with=[to.key], owner_keys=[to.key],
        day=shift.day, seat=shift.seat, seat_name=shift.seat_name, role=shift.role, order=shift.order, desk=shift.desk,
        starts_at=ctx.now(), ends_at=shift.ends_at, person=to, planned_person=shift.planned_person, why_changed=reason,
    )  # fmt: skip
    auditing.record(
        ctx, action="command.shift.relieve", object_type=Shift.loop.key, object_id=rest.pk, scope=shift.scope,
        label=_("中途替班"), data={"from": shift.person.name, "to": to.name, "reason": reason},
    )  # fmt: skip
    _tell(ctx, rest, shift.person, reason)
    return rest


def check_free(ctx: Context, shift: Shift, to: Person, *, without: tuple[Any, ...] = ()) -> None:
    """Raise unless `to` serves in the region and sits nowhere else at that time; the person is locked while it is looked at."""
    list(Person.objects.select_for_update().filter(pk=to.pk))
    if to.pk not in {p.pk for p in candidates(shift.region, shift.day.replace(day=1))}:
        raise BadInput(
            _("“%(name)s”不在本地区任职，或账号已停用") % {"name": to.name}, field="to", mend=_("请换一个人")
        )
    rows = Shift.objects.in_world(ctx).filter(
        person=to, starts_at__lt=shift.ends_at, ends_at__gt=shift.starts_at, state__in=TAKEN
    )
    other = rows.exclude(pk__in=[shift.pk, *without]).exclude(state="over", ended_at__lte=ctx.now()).first()
    if other is not None:
        raise Conflict(
            _("“%(name)s”那时已有班：%(shift)s") % {"name": to.name, "shift": str(other)},
            field="to",
            mend=_("请换一个人"),
        )


def _tell(ctx: Context, shift: Shift, was: Person, reason: str) -> None:
    words = {"shift": str(shift), "was": was.name, "why": reason}
    soon = shift.starts_at <= ctx.now() + timedelta(hours=12)
    send(
        ctx, text=_("替班：%(shift)s（原为%(was)s），原因：%(why)s") % words, people=[shift.person, was],
        about=(Shift.loop.key, shift.pk, shift.get_absolute_url()), scope=shift.scope, urgent=soon,
        dedupe=f"shift:{shift.pk}:{shift.person_id}:{ctx.now().isoformat()}",
    )  # fmt: skip


def _lend(ctx: Context, shift: Shift) -> None:
    """A person who sits on a seat at the desk without its post holds the post of this very region until the shift is over."""
    if ctx.world != REAL or shift.role not in LENT:
        return
    if shift.role in roles_of(shift.region, [str(shift.person_id)]).get(str(shift.person_id), ()):
        return
    post = Post.objects.filter(roles__contains=[shift.role], region=shift.region, retired_at__isnull=True).first()
    if post is not None:
        appoint(
            system("rosters", cause=ctx.cause), post=post, to=shift.person, until=shift.ends_at + LENT_BEYOND,
            note=_("按值班表到岗，随交班收回"),
        )  # fmt: skip


def _take_back(ctx: Context, shift: Shift) -> None:
    if ctx.world != REAL or shift.role not in LENT or shift.signed_on_at is None:
        return
    lent = Holding.objects.filter(
        Holding.now(), person=shift.person, post__region=shift.region, post__roles__contains=[shift.role],
        until=shift.ends_at + LENT_BEYOND,
    ).select_related("post")  # fmt: skip
    for holding in lent:
        if holding.since < ctx.now():
            appoint(
                system("rosters", cause=ctx.cause),
                post=holding.post,
                to=None,
                relieves=[shift.person],
                note=_("随交班收回"),
            )
