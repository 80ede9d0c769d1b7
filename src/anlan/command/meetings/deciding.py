"""Minutes and decisions: written by the office, handed in, signed by who may give orders; then they are orders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.models import Headquarters, Meeting, MeetingDecision
from anlan.command.responses.instructions.giving import give_instruction
from anlan.command.units import units_within
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _
from anlan.places.queries import keys_with_role

from .queries import may_draft

MOST_MINUTES, MOST_DECISION, MOST_DECISIONS = 8000, 600, 60


def write_minutes(ctx: Context, *, meeting: Meeting, text: str) -> Meeting:
    """Keep the draft of the minutes. Raises NotAllowed, BadInput, Conflict (handed in already)."""
    text = whole(text, MOST_MINUTES, "minutes", _("会议内容"))
    if not text:
        raise BadInput(_("没有写会议内容"), field="minutes", mend=_("写明讨论了什么、形成什么意见"))
    with transaction.atomic():
        held = _drafted(ctx, meeting)
        held.minutes = text
        held.save(update_fields=["minutes"])
        _note(ctx, held, "draft", _("整理纪要"), {"characters": len(text)})
    return held


def add_decision(
    ctx: Context, *, meeting: Meeting, text: str, organisations: Iterable[str] = (), due_at: datetime | None = None
) -> MeetingDecision:
    """Add a decision to the draft; with `organisations` (codes) and `due_at` it becomes their task when the minutes are signed. The same
    one (words, units, time) sent again is the one that is there.

    Raises NotAllowed, BadInput naming the field, Conflict (handed in already).
    """
    text = whole_line(text, MOST_DECISION, "text", _("议定事项"))
    if not text:
        raise BadInput(_("没有写议定事项"), field="text", mend=_("写明做什么，例如：汛前完成全部泵站检修"))
    codes = list(dict.fromkeys(organisations))
    if codes and (due_at is None or due_at <= ctx.now()):
        raise BadInput(_("请填晚于现在的完成时限"), field="due_at", mend=_("写成 2016-07-20 12:40 的样子"))
    if due_at and not codes:
        raise BadInput(_("有完成时限，但没有选承担单位"), field="organisations", mend=_("选择承担单位，或清空时限"))
    with transaction.atomic():
        held = _drafted(ctx, meeting)
        units = [{"code": o.pk, "name": str(o)} for o in units_within(held.scope, codes)]
        rows = list(MeetingDecision.objects.in_world(ctx).filter(meeting=held).order_by("number"))
        same = [r for r in rows if r.dropped_at is None and (r.text, r.units, r.due_at) == (text, units, due_at)]
        if same:
            return same[0]
        if len(rows) >= MOST_DECISIONS:
            raise Conflict(_("一次会议最多 %(n)d 项议定事项") % {"n": MOST_DECISIONS}, mend=_("请合并同类事项"))
        made = MeetingDecision(
            meeting=held, number=len(rows) + 1, text=text, units=units, due_at=due_at, scope=held.scope,
            shared_with=sorted(held.office_keys), world_id=ctx.world,
        )  # fmt: skip
        made.save(force_insert=True)
        _note(ctx, held, "decide", _("记议定事项"), {"text": text, "to": [u["name"] for u in units]})
    return made


def drop_decision(ctx: Context, *, decision: MeetingDecision) -> None:
    """Take a decision out of the draft; that it stood there stays in the history. Out already: nothing."""
    with transaction.atomic():
        held = _drafted(ctx, decision.meeting)
        fresh = MeetingDecision.objects.in_world(ctx).select_for_update().get(pk=decision.pk)
        if fresh.dropped_at is None:
            fresh.dropped_at = ctx.now()
            fresh.save(update_fields=["dropped_at"])
            _note(ctx, held, "drop", _("删去议定事项"), {"text": fresh.text})


@step_service("command.meeting", "submit")
def submit_minutes(ctx: Context, meeting: Meeting, given: dict[str, Any]) -> Meeting:
    """Hand the minutes in for signature. Raises BadInput while they are empty."""
    with transaction.atomic():
        held = _locked(ctx, meeting)
        if not held.minutes:
            raise BadInput(_("还没有写会议内容"), field="minutes", mend=_("先整理会议内容和议定事项"))
        signers = next(
            (
                keys
                for role in ("hq_office_head", "commander", "top_leader")
                if (keys := keys_with_role(role, held.scope))
            ),
            [],
        )
        moved: Meeting = transition(
            ctx, held, "submit", evidence=given, submitted_by=ctx.actor.signature, owner_keys=signers,
            shared_with=sorted({*held.shared_with, *signers}),
        )  # fmt: skip
    return moved


@step_service("command.meeting", "return")
def return_minutes(ctx: Context, meeting: Meeting, given: dict[str, Any]) -> Meeting:
    moved: Meeting = transition(ctx, meeting, "return", evidence=given, owner_keys=list(meeting.office_keys))
    return moved


@step_service("command.meeting", "sign")
def sign_minutes(ctx: Context, meeting: Meeting, given: dict[str, Any]) -> Meeting:
    """Sign: the minutes get their number, every decision that somebody has to do goes out as an instruction of the signer's.

    All or nothing. Raises NotAllowed (also where the signer gives no orders to a unit), Conflict, BadInput (a time has passed).
    """
    with transaction.atomic():
        # The body is held: two minutes signed at once get two numbers.
        body = Headquarters.objects.in_world(ctx).select_for_update(of=("self",)).get(pk=meeting.headquarters_id)
        year = localtime(ctx.now()).year
        last = Meeting.objects.in_world(ctx).filter(headquarters=body, year=year).order_by("-number").first()
        moved: Meeting = transition(
            ctx, meeting, "sign", evidence=given, signed_by=ctx.actor.signature, signed_at=ctx.now(), year=year,
            number=(last.number or 0) + 1 if last else 1,
        )  # fmt: skip
        for decision in MeetingDecision.objects.in_world(ctx).filter(meeting=moved, dropped_at=None).order_by("number"):
            _give_out(ctx, moved, decision)
    return moved


def _give_out(ctx: Context, meeting: Meeting, decision: MeetingDecision) -> None:
    codes = [u["code"] for u in decision.units]
    if codes:
        try:
            decision.instruction = give_instruction(
                ctx, text=decision.text, asked=[f"org:{code}" for code in codes], due_at=decision.due_at, source="meeting",
                source_ref=f"meeting:{meeting.pk}",
            )  # fmt: skip
        except BadInput as wrong:
            raise BadInput(
                _("第 %(n)d 项议定事项“%(text)s”：%(why)s")
                % {"n": decision.number, "text": decision.text[:40], "why": wrong.message},
                mend=_("请退回修改这一项后再签发"),
            ) from wrong
    decision.shared_with = sorted({*meeting.shared_with, *(f"org:{code}" for code in codes)})
    decision.save(update_fields=["instruction", "shared_with"])


def _drafted(ctx: Context, meeting: Meeting) -> Meeting:
    """The meeting, held, while its minutes are being written, by who may."""
    held = _locked(ctx, meeting)
    if not may_draft(ctx, held):
        raise NotAllowed(_("只有会议办公室可以整理纪要"))
    if held.state != "held":
        raise Conflict(
            _("“%(title)s”现在是“%(state)s”，纪要不能改") % {"title": held.title, "state": held.state_label},
            mend=_("会后登记到会即可整理；已报签的请领导退回"),
        )
    return held


def _locked(ctx: Context, meeting: Meeting) -> Meeting:
    rows = Meeting.objects.select_for_update(of=("self",)).select_related("headquarters__office")
    held: Meeting = rows.get_visible(ctx, pk=meeting.pk)
    return held


def _note(ctx: Context, meeting: Meeting, verb: str, label: Any, data: dict[str, Any]) -> None:
    auditing.record(
        ctx, action=f"command.meeting.{verb}", label=label, object_type=Meeting.loop.key, object_id=meeting.pk, scope=meeting.scope,
        data=data,
    )  # fmt: skip
