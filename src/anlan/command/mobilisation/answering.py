"""Answers to an appeal: given by a firm, noted from a telephone call, sent by a resident; decided, mustered, released."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.timezone import localtime

from anlan.command.data.mobilisation import mobilisation_rules
from anlan.command.models import Appeal, Compensation, Pledge
from anlan.kernel import clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops import once, open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.strangers import TooMany, net_of, sender_key
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, path_down_to, region_at

from .loops import HANDLERS
from .queries import TAKEN, for_residents
from .reach import firms_in

SALT = "anlan.appeals"
#: Within an hour: of one browser, of one address (a whole office may stand behind it), to one appeal, to all.
FROM_ONE, FROM_ADDRESS, TO_ONE, TO_ALL = 5, 60, 600, 3000
#: So many answers of residents wait for a decision at most.
MOST_WAITING = 3000
_PHONE = re.compile(r"\+?\d[\d-]{5,17}")


@once(Pledge)
def answer_as_firm(
    ctx: Context,
    *,
    appeal: Appeal,
    want: str,
    amount: int,
    text: str,
    name: str,
    phone: str,
    request: UUID | None = None,
) -> Pledge:
    """A firm that was asked says what it offers, in its own name. Raises BadInput, Conflict (over), NotAllowed (not asked).

    `request`: the form's own number; sent twice, the first answer comes back.
    """
    with transaction.atomic():
        held = _held(ctx, appeal)
        own = [key.removeprefix("org:") for key in ctx.keys if key.startswith("org:")]
        unit = Organisation.objects.filter(pk__in=[c for c in own if c in held.reached]).first()
        if unit is None:
            raise NotAllowed(_("这份动员没有发给您的单位"))
        return _open(
            ctx, held, unit, want, amount, text, name, phone, Pledge.Means.ACCOUNT, request=request, request_by=ctx.actor.key
        )  # fmt: skip


@once(Pledge)
def note_answer(
    ctx: Context, *, appeal: Appeal, want: str, amount: int, text: str, name: str, phone: str, organisation: str = "",
    request: UUID | None = None,
) -> Pledge:  # fmt: skip
    """Somebody answered by telephone; whoever took the call writes it down. Raises as `answer_as_firm`."""
    with transaction.atomic():
        held = _held(ctx, appeal)
        if not any(ctx.holds(role, held.scope) for role in HANDLERS):
            raise NotAllowed(_("只有值班室、指挥部办公室和街道可以登记应征"))
        unit = None
        if organisation:
            unit = next((o for o in firms_in([path_down_to(held.scope, "county")]) if o.pk == organisation), None)
            if unit is None:
                raise BadInput(_("没有这个企业"), field="organisation", mend=_("请从列出的企业中选择，或只填联系人"))
        return _open(ctx, held, unit, want, amount, text, name, phone, Pledge.Means.PHONE, noted_by=ctx.actor.signature,
                     request=request, request_by=ctx.actor.key)  # fmt: skip


def answer_as_resident(
    *, code: str, want: str, amount: int, text: str, name: str, phone: str, address: str = "", browser: str = ""
) -> Pledge:
    """Somebody who is not signed in offers help to a published appeal of reality.

    The same person (telephone) offering the same twice has offered once. Raises NotFound for what is not published, BadInput, and
    TooMany when a sender, an address, an appeal or the whole page is flooded.
    """
    ctx = system("public")
    found = for_residents().filter(code=code).first()
    if found is None:
        raise NotFound()
    line = _number(phone)
    key = sender_key(SALT, net_of(address) or "unknown")
    sender = {"address_key": key, "browser_key": sender_key(SALT, browser) if browser else ""}
    with transaction.atomic():
        held = _held(ctx, found)
        everything, since = Pledge.objects.in_world(ctx), clock.real_now() - timedelta(hours=1)
        recent = everything.filter(means=Pledge.Means.PUBLIC, opened_at__gt=since)
        same = everything.open().filter(appeal=held, want=want, phone=line, means=Pledge.Means.PUBLIC, **sender).first()
        if same is not None:
            return same
        waiting = everything.filter(appeal=held, state="offered").count()
        if (
            recent.filter(**sender).count() >= FROM_ONE
            or recent.filter(address_key=key).count() >= FROM_ADDRESS
            or recent.filter(appeal=held).count() >= TO_ONE
            or recent.count() >= TO_ALL
            or waiting >= MOST_WAITING
        ):
            raise TooMany(_("应征的人太多，暂时收不下"), mend=_("请过一小时再试，或直接拨打报到电话"))
        return _open(ctx, held, None, want, amount, text, name, phone, Pledge.Means.PUBLIC, **sender)


def withdraw_own(pledge: Pledge) -> Pledge:
    """A resident takes back what was offered, by the address that was given. Raises Conflict when it is too late."""
    moved: Pledge = transition(
        system("public"), pledge, "withdraw", evidence={"reason": str(_("应征人在公开页面撤回"))}
    )
    return moved


@step_service("command.pledge", "accept")
def accept(ctx: Context, pledge: Pledge, given: dict[str, Any]) -> Pledge:
    """Never more than was offered, nor than is still wanted: whoever accepts holds the appeal."""
    amount = _whole(given.get("amount"))
    with transaction.atomic():
        held = _held(ctx, pledge.appeal)
        want = held.want(pledge.want)
        if amount is not None and want is not None:
            if amount > pledge.amount:
                raise BadInput(_("应征 %(n)d，不能接受更多") % {"n": pledge.amount}, field="amount", mend=_("请改数量"))
            same = Pledge.objects.in_world(ctx).filter(appeal=held, want=pledge.want, state__in=TAKEN)
            left = want["amount"] - (same.aggregate(n=Sum("accepted_amount"))["n"] or 0)
            if amount > left:
                raise Conflict(
                    _("“%(what)s”只差 %(left)d%(unit)s") % {"what": want["what"], "left": max(left, 0), "unit": want["unit"]},
                    mend=_("请改接受的数量，或致谢"),
                )  # fmt: skip
        moved: Pledge = transition(ctx, pledge, "accept", evidence=given, accepted_amount=amount or 0)
        _tell(ctx, moved, _("应征已接受，请待命：%(what)s") % {"what": moved})
    return moved


@step_service("command.pledge", "decline")
def decline(ctx: Context, pledge: Pledge, given: dict[str, Any]) -> Pledge:
    with transaction.atomic():
        why = whole_line(str(given.get("reason") or ""), 300, "reason", _("理由"))
        moved: Pledge = transition(ctx, pledge, "decline", evidence=given, answer=why)
        _tell(ctx, moved, _("感谢应征，此次未采用（%(why)s）：%(what)s") % {"what": moved, "why": why})
    return moved


@step_service("command.pledge", "thank")
def thank(ctx: Context, pledge: Pledge, given: dict[str, Any]) -> Pledge:
    with transaction.atomic():
        moved: Pledge = transition(ctx, pledge, "thank", evidence=given)
        _tell(ctx, moved, _("需求已满，感谢支持：%(what)s") % {"what": moved})
    return moved


@step_service("command.pledge", "call_up")
def call_up(ctx: Context, pledge: Pledge, given: dict[str, Any]) -> Pledge:
    """To the meeting point by a time; a firm is told, a resident without account is telephoned by the duty room."""
    minutes, place = (
        _whole(given.get("minutes")) or 0,
        whole_line(str(given.get("place") or ""), 200, "place", _("集合点")),
    )
    with transaction.atomic():
        due = ctx.now() + timedelta(minutes=minutes)
        moved: Pledge = transition(ctx, pledge, "call_up", evidence=given, muster_due_at=due, place=place)
        words = {"by": f"{localtime(due):%m-%d %H:%M}", "place": place, "to": moved.appeal.report_to, "what": moved}
        _tell(ctx, moved, _("请于 %(by)s 前到%(place)s向%(to)s报到：%(what)s") % words, ring=True)
    return moved


@step_service("command.pledge", "arrive")
def arrive(ctx: Context, pledge: Pledge, given: dict[str, Any]) -> Pledge:
    """Who is there with what; things that are lent get a receipt (征用凭证) with its number."""
    amount = _whole(given.get("amount")) or 0
    with transaction.atomic():
        want = pledge.appeal.want(pledge.want) or {}
        kind = mobilisation_rules().wants.get(str(want.get("kind")))
        number = _receipt(ctx, pledge) if kind is not None and kind.thing else ""
        moved: Pledge = transition(
            ctx, pledge, "arrive", evidence=given, arrived_at=ctx.now(), arrived_amount=amount, receipt=number,
            detail=whole_line(str(given.get("detail") or ""), 300, "detail"),
        )  # fmt: skip
        if number:
            _tell(ctx, moved, _("已到场登记，凭证 %(number)s：%(what)s") % {"number": number, "what": moved})
    return moved


@step_service("command.pledge", "release")
def release(ctx: Context, pledge: Pledge, given: dict[str, Any]) -> Pledge:
    """Given back or sent home. A requisition, and whatever came back damaged or was used up, leaves a compensation to be settled."""
    condition, damage = str(given.get("condition") or ""), str(given.get("damage") or "").strip()
    if condition in ("damaged", "used_up") and not damage:
        raise BadInput(_("请写明毁损、耗用情况"), field="damage", mend=_("例如：左后轮胎爆裂；耗用编织袋 300 条"))
    with transaction.atomic():
        now = ctx.now()
        moved: Pledge = transition(
            ctx, pledge, "release", evidence=given, released_at=now, condition=condition, damage=damage
        )
        appeal = moved.appeal
        want = appeal.want(moved.want) or {}
        if condition != "intact" or (appeal.rule is not None and appeal.rule.requisition):
            key = [moved.organisation.key] if moved.organisation else []
            open_record(
                ctx, Compensation, scope=moved.scope, shared_with=key, owner_keys=key, pledge=moved, appeal=appeal,
                organisation=moved.organisation, receipt=moved.receipt, what=str(want.get("what") or moved.text)[:200],
                amount=moved.arrived_amount, unit=str(want.get("unit") or ""), used_from=moved.arrived_at or now, used_to=now,
                condition=condition, damage=damage,
            )  # fmt: skip
        _tell(ctx, moved, _("已登记离场返还，感谢支持：%(what)s") % {"what": moved})
    return moved


def _open(
    ctx: Context, held: Appeal, unit: Organisation | None, want: str, amount: int, text: str, name: str, phone: str,
    means: Pledge.Means, **more: Any,
) -> Pledge:  # fmt: skip
    asked = held.want(want)
    if asked is None:
        raise BadInput(_("没有这项需求"), field="want", mend=_("请从列出的需求中选择"))
    if not 1 <= amount <= 100_000:
        raise BadInput(_("数量应是 1 到 100000 的整数"), field="amount", mend=_("请填写能提供的数量"))
    who, line = whole_line(name, 60, "name", _("联系人")), _number(phone)
    if not who:
        raise BadInput(_("没有填联系人"), field="name", mend=_("请填写姓名"))
    key = [unit.key] if unit else []
    made: Pledge = open_record(
        ctx, Pledge, scope=held.scope, shared_with=key, owner_keys=key, appeal=held, want=want, organisation=unit, name=who,
        phone=line, text=whole_line(text, 300, "text", _("说明")), amount=amount, means=means, token=secrets.token_urlsafe(16)[:22],
        **more, note={"means": str(means), "amount": amount, "what": asked["what"]},
    )  # fmt: skip
    return made


def _number(phone: str) -> str:
    """The telephone number without blanks. Raises BadInput for what is none: half of a number reaches somebody else."""
    line = whole_line(phone, 40, "phone", _("电话")).replace(" ", "")
    if not _PHONE.fullmatch(line):
        raise BadInput(_("电话号码不对"), field="phone", mend=_("请填写能打通的手机号或带区号的电话"))
    return line


def _held(ctx: Context, appeal: Appeal) -> Appeal:
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("region")
    held: Appeal = rows.get_visible(ctx, pk=appeal.pk)
    if held.state != "published" or held.until <= ctx.now():
        raise Conflict(_("“%(what)s”不在动员中") % {"what": held}, mend=_("请刷新后查看最新状态"))
    return held


def _receipt(ctx: Context, pledge: Pledge) -> str:
    """石征〔2016〕1号, counted per year, county and world."""
    county = region_at(path_down_to(pledge.scope, "county"))
    stem = f"{county.name[0] if county else ''}征〔{localtime(ctx.now()).year}〕"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"receipt:{ctx.world}:{stem}"])
    used = Pledge.objects.in_world(ctx).filter(receipt__startswith=stem).values_list("receipt", flat=True)
    return f"{stem}{max((int(r.removeprefix(stem).removesuffix('号')) for r in used), default=0) + 1}号"


def _whole(value: Any) -> int | None:
    """A number as a step's evidence takes it; the evidence itself refuses what is none."""
    try:
        n = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return int(n) if n.is_finite() and n == n.to_integral_value() and 0 <= n < 10**9 else None


def _tell(ctx: Context, pledge: Pledge, text: str, *, ring: bool = False) -> None:
    if pledge.organisation is not None:
        send(ctx, text=text, to_keys=[pledge.organisation.key], urgent=ring, scope=pledge.scope,
             about=pledge.about)  # fmt: skip
