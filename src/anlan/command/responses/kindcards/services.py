"""Giving out the card of an incident's kind."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from anlan.command.models import Incident, Instruction
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.wording import words as _

from ..instructions.addressing import order_paths
from ..instructions.giving import give_instruction
from .queries import incident_card, ref_of


def issue_kind_card(ctx: Context, *, incident: Incident, card: str) -> list[Instruction]:
    """Give each step of the card to whoever answers for it in the district, in the time that the card leaves.

    A step whose time from the report has run out is due as long after now as the card gave it. What was given out before is not
    doubled, also when two press at once. `card`: the one that the page showed. Raises NotAllowed, Conflict when the kind was changed
    meanwhile or the incident is over, BadInput when nobody in the directory answers for any step.
    """
    if not order_paths(ctx):
        raise NotAllowed(_("您的岗位不能下达任务"))
    with transaction.atomic():
        held = Incident.objects.select_for_update(of=("self",)).get_visible(ctx, pk=incident.pk)
        if not held.is_open:
            raise Conflict(_("事件已结束"), mend=_("请刷新后查看最新状态"))
        found = incident_card(ctx, held)
        if found is None or found.card.id != card:
            raise Conflict(_("事件的种类刚刚改变，处置卡不同了"), mend=_("请刷新后查看新的处置卡"))
        if not found.waiting:
            if any(s.given for s in found.steps):
                raise Conflict(_("处置卡已经下发"), mend=_("请在任务里查看办理情况"))
            raise BadInput(
                _("通讯录里没有承担各步的单位"), mend=_("请先在通讯录登记单位的“预案中的称谓”，或直接派任务")
            )
        made = []
        for one in found.waiting:
            due = held.received_at + timedelta(minutes=one.step.within_min)
            if due <= ctx.now():
                due = ctx.now() + timedelta(minutes=max(one.step.within_min, 1))
            made.append(give_instruction(
                ctx, text=one.step.zh, asked=[o.key for o in one.units], due_at=due, incident=held, source=Instruction.Source.CARD,
                source_ref=ref_of(found.card, one.step), urgent=True,
            ))  # fmt: skip
    return made
