"""What warning does about its own acceptance: those affected are called and must answer, or are told."""

from __future__ import annotations

from anlan.analysis.truth import add_truth
from anlan.events.warning import WarningReceived
from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.reactions import reacts_to
from anlan.kernel.wording import words as _
from anlan.messaging import services as messaging
from anlan.places.queries import organisations_acting_as

from .areas import duty_paths, regions_to_call
from .calling import rule_for
from .models import Notice, WarningReceipt
from .queries import issued, measures
from .services import acknowledge_notice, acknowledge_receipt

# How early our signals were is measured against what an authority really issued.
add_truth("warning", issued)


@reacts_to(WarningReceived)
def call_those_affected(ctx: Context, event: WarningReceived) -> None:
    """叫应 for every sub-district and community that the warning touches, or a message, as the calling rules say."""
    notice = Notice.objects.in_world(ctx).get(pk=event.warning)
    if not notice.is_open:
        return
    rule = rule_for(notice.color, event.action)
    regions = list(notice.regions.all())
    about = ("warning.notice", notice.pk, notice.get_absolute_url())
    if rule.mode == "call":
        called = regions_to_call(ctx, regions, rule.levels)
        if called:
            messaging.start_calls(
                ctx, why=notice.title, text=said(notice), about=about, regions=called, urgent=rule.urgent,
                series=f"warning:{notice.hazard or notice.pk}",
            )  # fmt: skip
        return
    offices = [
        o
        for path in duty_paths(ctx, regions)
        for actor in ("town", "village")
        for o in organisations_acting_as(actor, path)
    ]
    if offices:
        messaging.send(
            ctx, text=said(notice), to_keys=sorted({o.key for o in offices}), about=about, scope=notice.scope,
            channels=("app",), dedupe=f"warning:{notice.pk}",
        )  # fmt: skip


def said(notice: Notice) -> str:
    """What those affected are told: the issuer's own words, then what the standard asks for."""
    wanted = measures(notice.hazard, notice.color)["gov"]
    asked = _("请落实：%(list)s。") % {"list": "、".join(wanted)} if wanted else ""
    return f"{notice.headline}。{notice.text}{asked}"


@step_service("warning.notice", "acknowledge")
def _acknowledge(ctx: Context, record: Notice, evidence: dict[str, object]) -> Notice:
    return acknowledge_notice(ctx, notice=record, note=str(evidence.get("note") or ""))


@step_service("warning.receipt", "acknowledge")
def _acknowledge_receipt(ctx: Context, record: WarningReceipt, evidence: dict[str, object]) -> WarningReceipt:
    return acknowledge_receipt(ctx, receipt=record, note=str(evidence.get("note") or ""))
