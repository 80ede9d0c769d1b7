"""The verbs of cooperation: record an agreement and its exercises, renew or end it, ask a partner and follow what comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.models import Agreement, CooperationRequest, Incident, Partner, Response
from anlan.command.models.cooperation import pace_of
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.loops import ASSIGNEE, once, open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.moments import read_day
from anlan.kernel.scope import above
from anlan.kernel.services.attachments import attach
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import keys_with_role

from .queries import in_force

ASK = "command.cooperation_request.ask"
AGREE = "command.partner.change"
#: Two days and a fortnight: longer than this nobody waits for an answer or an arrival.
MOST_ANSWER, MOST_ARRIVE = 2 * 24 * 60, 14 * 24 * 60


@once(Agreement)
def record_agreement(
    ctx: Context, *, partner: Partner, subject: str, promise: str, signed_on: str, valid_until: str, answer_min: Any, arrive_min: Any,
    papers: Iterable[Any] = (), request: UUID | None = None,
) -> Agreement:  # fmt: skip
    """Keep what was agreed with a partner. Dates as ``2027-12-31``; `papers`: uploaded files. `request`: the form's own number;
    sent twice, the first answer comes back.

    Raises NotAllowed, BadInput naming the field, Conflict in an exercise.
    """
    ctx.require(AGREE, partner.scope)
    _in_reality(ctx)
    subject, promise = whole_line(subject, 200, "subject"), whole(promise, 2000, "promise")
    for field, text, mend in (
        ("subject", subject, _("例如：森林火灾跨区增援协议")), ("promise", promise, _("写明派出什么、多少")),
    ):  # fmt: skip
        if not text:
            raise BadInput(_("这一项没有写"), field=field, mend=mend)
    signed, until = _day(signed_on, "signed_on"), _day(valid_until, "valid_until")
    if until <= signed:
        raise BadInput(_("有效期早于签订日期"), field="valid_until", mend=_("请核对两个日期"))
    answer = _minutes(answer_min, "answer_min", MOST_ANSWER)
    arrive = _minutes(arrive_min, "arrive_min", MOST_ARRIVE)
    with transaction.atomic():
        made: Agreement = open_record(
            ctx, Agreement, scope=partner.scope, partner=partner, subject=subject, promise=promise, signed_on=signed, valid_until=until,
            answer_min=answer, arrive_min=arrive, recorded_by=ctx.actor.signature, request=request, request_by=ctx.actor.key,
        )  # fmt: skip
        for paper in papers:
            attach(
                ctx,
                object_type=Agreement.loop.key,
                object_id=made.pk,
                scope=made.scope,
                file=paper,
                name=paper.name,
                labels=["paper"],
            )
    return made


def record_drill(ctx: Context, *, agreement: Agreement, on: str, text: str, request: UUID | None = None) -> Agreement:
    """A joint exercise held under an agreement. `request`: the form's own number; sent twice, it counts once.

    Raises NotAllowed, BadInput, Conflict (the agreement has ended).
    """
    _in_reality(ctx)
    day, text = _day(on, "on"), whole(text, 500, "text")
    if not text:
        raise BadInput(_("这一项没有写"), field="text", mend=_("写明科目、参加人数、多久到场、发现什么"))
    if day > localtime(ctx.now()).date():
        raise BadInput(_("演练日期还没到"), field="on", mend=_("演练结束后再记"))
    with transaction.atomic():
        held: Agreement = Agreement.objects.select_for_update(of=("self",)).get_visible(ctx, pk=agreement.pk)
        ctx.require(AGREE, held.scope)
        if not held.is_open:
            raise Conflict(_("协议已终止"), mend=_("请刷新后查看最新状态"))
        # The agreement is held: of two that come at the same moment the second finds the first.
        if request is not None and any(d.get("request") == str(request) for d in held.drills):
            return held
        drill = {"on": day.isoformat(), "text": text, "by": ctx.actor.signature, "request": str(request or "")}
        held.drills = [*held.drills, drill]
        held.save(update_fields=["drills"])
        auditing.record(
            ctx, action="command.agreement.drill", label=_("记录联合演练"), object_type=Agreement.loop.key, object_id=held.pk,
            scope=held.scope, data={"on": day.isoformat(), "text": text},
        )  # fmt: skip
    return held


@step_service("command.agreement", "renew")
def renew(ctx: Context, agreement: Agreement, given: dict[str, Any]) -> Agreement:
    """Looked at and prolonged: the clock of its next review begins anew."""
    _in_reality(ctx)
    until = _day(str(given.get("until") or ""), "until")
    if until <= agreement.valid_until:
        raise BadInput(_("新的有效期要晚于现在的"), field="until", mend=_("例如延长一年或三年"))
    moved: Agreement = transition(ctx, agreement, "renew", evidence=given, valid_until=until)
    return moved


@step_service("command.agreement", "end")
def end(ctx: Context, agreement: Agreement, given: dict[str, Any]) -> Agreement:
    _in_reality(ctx)
    moved: Agreement = transition(ctx, agreement, "end", evidence=given)
    return moved


def begin_review(ctx: Context, *, agreement: str) -> None:
    """The time before its end has come. Once: an agreement that was renewed or ended meanwhile stays as it is."""
    found = Agreement.objects.in_world(ctx).open().filter(pk=agreement, state="in_force").first()
    if found is not None:
        transition(_machine(ctx), found, "review")


@once(CooperationRequest)
def ask_partner(
    ctx: Context, *, partner: Partner, what: str, amount: str = "", place: str = "", until: datetime | None = None,
    authority: str = "", incident: Incident | None = None, response: Response | None = None,
    request: UUID | None = None,
) -> CooperationRequest:  # fmt: skip
    """Ask a partner for help in an incident or a response. The clock is that of the agreement in force, else the platform's.

    `authority`: who decided that help is asked for. A partner on the platform gets the request itself, for others the duty room is
    told to telephone. `request`: the form's own number; sent twice, the first answer comes back.
    Raises NotAllowed, NotFound, BadInput naming the field, Conflict (what it is for is over).
    """
    what, place = whole_line(what, 300, "what"), whole_line(place, 200, "place")
    authority, amount = whole_line(authority, 160, "authority"), whole_line(amount, 80, "amount")
    if response is not None and incident is None:
        incident = response.incident
    about = incident or response
    if about is None:
        raise BadInput(_("要写明为哪起事件或哪项响应"), field="incident", mend=_("请从事件页或响应页发起"))
    place = place or (incident.place if incident else str(response.region) if response else "")
    for field, text, mend in (
        ("what", what, _("例如：冲锋舟和操作手")), ("place", place, _("写明到哪里报到")),
        ("authority", authority, _("例如：经区防汛指挥部总指挥同意")),
    ):  # fmt: skip
        if not text:
            raise BadInput(_("这一项没有写"), field=field, mend=mend)
    if until is not None and until <= ctx.now():
        raise BadInput(_("用到的时间已经过去"), field="until", mend=_("留空，或写今后的时间"))
    with transaction.atomic():
        held: Any = type(about).objects.select_for_update(no_key=True, of=("self",)).get_visible(ctx, pk=about.pk)
        ctx.require(ASK, held.scope)
        if not held.is_open:
            raise Conflict(
                _("“%(title)s”已%(state)s") % {"title": held, "state": held.state_label}, mend=_("请刷新后查看最新状态")
            )
        known = Partner.objects.get_visible(ctx, pk=partner.pk)
        if known.is_retired or known.scope not in above(held.scope):
            raise BadInput(_("不是本地的协同伙伴"), field="partner", mend=_("请从列出的伙伴中选择"))
        agreed = in_force(ctx, known)
        answer, arrive = (agreed.answer_min, agreed.arrive_min) if agreed else pace_of(known.kind)
        keys = [known.organisation.key] if known.organisation else []
        made: CooperationRequest = open_record(
            ctx, CooperationRequest, scope=held.scope, shared_with=sorted(keys), owner_keys=sorted(keys),
            owner_role=ASSIGNEE if keys else "duty_officer", partner=known, agreement=agreed, incident=incident, response=response,
            what=what, amount=amount, place=place, until=until, authority=authority, asked_by=ctx.actor.signature,
            answer_min=answer, arrive_min=arrive, request=request, request_by=ctx.actor.key,
            note={"partner": str(known), "what": what, "amount": amount, "authority": authority},
        )  # fmt: skip
        if keys:
            send(
                ctx, text=_("%(title)s：请支援%(what)s，到%(place)s，请在 %(n)d 分钟内答复")
                % {"title": getattr(held, "title", held), "what": " ".join((what, made.amount)).strip(), "place": place, "n": answer},
                to_keys=keys, urgent=True, scope=made.scope, about=(made.loop.key, made.pk, made.get_absolute_url()),
                dedupe=f"cooperation:{made.pk}",
            )  # fmt: skip
    return made


@step_service("command.cooperation_request", "answer")
def answer(ctx: Context, asked: CooperationRequest, given: dict[str, Any]) -> CooperationRequest:
    """The partner promises on the platform."""
    return _answer(ctx, asked, "answer", given, by=ctx.actor.signature, means="app")


@step_service("command.cooperation_request", "note_answer")
def note_answer(ctx: Context, asked: CooperationRequest, given: dict[str, Any]) -> CooperationRequest:
    """The duty room writes down what the partner said, who said it and how."""
    by = f"{given.get('who') or ''}（{ctx.actor.signature}记录）"
    return _answer(ctx, asked, "note_answer", given, by=by, means=str(given.get("means") or ""))


def _eta(value: Any) -> int | None:
    """Minutes as a step's evidence takes them; the evidence itself refuses what is no number."""
    try:
        n = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return int(n) if n.is_finite() and n == n.to_integral_value() and 0 <= n < 10**5 else None


def _answer(ctx: Context, asked: CooperationRequest, step: str, given: dict[str, Any], *, by: str, means: str) -> Any:
    return transition(
        ctx, asked, step, evidence=given, extent=str(given.get("extent") or "")[:10], answer=str(given.get("text") or "").strip(),
        answered_by=by[:160], means=means[:10], eta_min=_eta(given.get("minutes")),
        answered_at=ctx.now(), owner_role=asked.owner_role,
    )  # fmt: skip


@step_service("command.cooperation_request", "refuse")
def refuse(ctx: Context, asked: CooperationRequest, given: dict[str, Any]) -> CooperationRequest:
    return _refuse(ctx, asked, "refuse", given, by=ctx.actor.signature, means="app")


@step_service("command.cooperation_request", "note_refusal")
def note_refusal(ctx: Context, asked: CooperationRequest, given: dict[str, Any]) -> CooperationRequest:
    by = f"{given.get('who') or ''}（{ctx.actor.signature}记录）"
    return _refuse(ctx, asked, "note_refusal", given, by=by, means=str(given.get("means") or ""))


def _refuse(ctx: Context, asked: CooperationRequest, step: str, given: dict[str, Any], *, by: str, means: str) -> Any:
    """Whoever asked must know at once: somebody else has to be found."""
    with transaction.atomic():
        moved: CooperationRequest = transition(
            ctx, asked, step, evidence=given, answer=str(given.get("reason") or "").strip(), answered_by=by[:160], means=means[:10],
            answered_at=ctx.now(),
        )  # fmt: skip
        _tell_duty(
            ctx,
            moved,
            _("%(who)s不能支援：%(why)s，请另找力量") % {"who": moved.partner, "why": moved.answer},
            "refused",
        )
    return moved


@step_service("command.cooperation_request", "depart")
def depart(ctx: Context, asked: CooperationRequest, given: dict[str, Any]) -> CooperationRequest:
    moved: CooperationRequest = transition(
        ctx, asked, "depart", evidence=given, left_at=ctx.now(), owner_role=asked.owner_role
    )
    return moved


@step_service("command.cooperation_request", "arrive")
def arrive(ctx: Context, asked: CooperationRequest, given: dict[str, Any]) -> CooperationRequest:
    """There: from now on it is for who asked to let them go in time."""
    moved: CooperationRequest = transition(ctx, asked, "arrive", evidence=given, arrived_at=ctx.now())
    return moved


def lapse_with_incident(ctx: Context, *, incident: str) -> None:
    """The incident is over: whoever has not set out is told to stay. Who is on the way or there is let go by hand, with a report."""
    rows = CooperationRequest.objects.in_world(ctx).open().filter(incident=incident, state__in=("asked", "promised"))
    for row in rows.select_related("partner"):
        with transaction.atomic():
            moved = transition(_machine(ctx), row, "lapse", evidence={"reason": _("事件已结束")})
            if moved.owner_keys:
                send(
                    ctx, text=_("事件已结束，不用再来：%(what)s") % {"what": moved.what}, to_keys=moved.owner_keys, scope=moved.scope,
                    about=(moved.loop.key, moved.pk, moved.get_absolute_url()), dedupe=f"cooperation-lapsed:{moved.pk}",
                )  # fmt: skip


def _tell_duty(ctx: Context, asked: CooperationRequest, text: Any, what: str) -> None:
    keys = keys_with_role("duty_officer", asked.scope)
    if keys:
        send(
            ctx, text=text, to_keys=keys, scope=asked.scope, about=(asked.loop.key, asked.pk, asked.get_absolute_url()),
            dedupe=f"cooperation-{what}:{asked.pk}",
        )  # fmt: skip


def _in_reality(ctx: Context) -> None:
    if ctx.is_exercise:
        raise Conflict(_("演练中不能改动协议"), mend=_("请回到实际工作中办理"))


def _day(text: str, field: str) -> date:
    day = read_day(text, field)
    if day is None:
        raise BadInput(_("没有填日期"), field=field, mend=_("写成 2027-12-31 的样子"))
    return day


def _minutes(value: Any, field: str, most: int) -> int:
    text = str(value).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    if not 1 <= number <= most:
        raise BadInput(_("分钟数应在 1 到 %(n)d 之间") % {"n": most}, field=field, mend=_("按协议约定的时间填写"))
    return number


def _machine(ctx: Context) -> Context:
    return system("cooperation", world=ctx.world, cause=ctx.cause)
