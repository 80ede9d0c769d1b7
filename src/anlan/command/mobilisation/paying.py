"""What is claimed, assessed and paid. Three people: who claims for somebody does not assess, who assesses does not pay."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from anlan.command.models import Compensation
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.moments import read_moment
from anlan.kernel.wording import words as _
from anlan.messaging.services import send

from .money import fen_of, yuan


@step_service("command.compensation", "claim")
def claim(ctx: Context, found: Compensation, given: dict[str, Any]) -> Compensation:
    moved: Compensation = transition(
        ctx, found, "claim", evidence=given, claimed_fen=fen_of(str(given.get("sum") or ""), "sum"),
        claim=str(given.get("reason") or "").strip()[:1000], claimed_by_key=ctx.actor.key,
    )  # fmt: skip
    return moved


@step_service("command.compensation", "assess")
def assess(ctx: Context, found: Compensation, given: dict[str, Any]) -> Compensation:
    fen = fen_of(str(given.get("sum") or ""), "sum")
    with transaction.atomic():
        moved: Compensation = transition(
            ctx, found, "assess", evidence=given, assessed_fen=fen, basis=str(given.get("basis") or "").strip()[:1000],
            assessed_by=ctx.actor.signature, assessed_by_key=ctx.actor.key,
        )  # fmt: skip
        _tell(ctx, moved, _("补偿已核定 %(sum)s 元：%(what)s。有异议请在页面提出") % {"sum": yuan(fen), "what": moved})
    return moved


@step_service("command.compensation", "pay")
def pay(ctx: Context, found: Compensation, given: dict[str, Any]) -> Compensation:
    """Paid with which paper and when; not in the future, not before it was in use."""
    at = read_moment(str(given.get("paid_at") or ""), "paid_at")
    if at is not None and not found.used_from <= at <= ctx.now():
        raise BadInput(_("支付时间不对"), field="paid_at", mend=_("应在使用之后、现在之前"))
    with transaction.atomic():
        moved: Compensation = transition(
            ctx, found, "pay", evidence=given, paid_at=at, paper=str(given.get("paper") or "").strip()[:80]
        )
        _tell(ctx, moved, _("补偿已支付 %(sum)s 元，凭证 %(paper)s：%(what)s") % {
            "sum": yuan(moved.assessed_fen), "paper": moved.paper, "what": moved,
        })  # fmt: skip
    return moved


def _tell(ctx: Context, found: Compensation, text: str) -> None:
    if found.organisation is not None:
        send(ctx, text=text, to_keys=[found.organisation.key], scope=found.scope,
             about=found.about)  # fmt: skip
