"""A signed report goes up: the clocks that it fulfils are met, and each recipient's receipt is kept as proof of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.models import Report, ReportClock, ReportDelivery
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _

from . import clocks, papers
from .reports import may_write
from .signing import move

KEY = Report.loop.key


@step_service(KEY, "send")
def send(ctx: Context, report: Report, evidence: dict[str, Any]) -> Report:
    """It went up: by whom, by what means, taken by whom. The running clocks that this fulfils are met.

    Two people at once: one wins, the other gets Conflict. By telephone only where nothing on paper is owed any more.
    """
    means = str(evidence.get("means") or "written")
    with transaction.atomic():
        clocks.hold_incidents(ctx, [report.incident_id])
        rows = ReportClock.objects.in_world(ctx).open().filter(incident_id=report.incident_id, stage=report.stage)
        owed = rows.filter(office=report.office)
        if means == "phone" and owed.filter(form="written").exists() and report.state == "signed":
            raise BadInput(
                _("这一报还须书面发出，不能只登记电话"),
                field="means",
                mend=_("电话报告请在相应时限上“登记已报送”；本文件请选书面或系统直报"),
            )
        received_by = whole_line(str(evidence.get("received_by") or ""), 120, "received_by", _("接收人"))
        sent = move(
            ctx, report, "send", evidence, sent_at=ctx.now(), means=means, received_by=received_by, sent_by=_by(ctx),
        )  # fmt: skip
        _hand_over(ctx, sent, received_by)
        if sent.corrects_id is None:
            forms = clocks.FORMS_OF.get(means, ("written",))
            due = list(owed.filter(form__in=forms, recipient_name__in=sent.addressees).select_related("incident"))
            if due:
                # One name says who took it only where there is one recipient; the others' proof is their own receipt.
                taken_by = received_by if len(sent.addressees) == 1 else ""
                clocks.meet_clocks(ctx, due, means=means, received_by=taken_by, report=sent)
            else:
                clocks.sync_clocks(ctx, sent.incident)
    return sent


def _by(ctx: Context) -> str:
    return f"{ctx.actor.name} {ctx.actor.post}".strip()[:160]


def _hand_over(ctx: Context, report: Report, received_by: str) -> None:
    """One row for each recipient, and sight of the report for those inside the platform. A single name says who took it only where
    there is a single recipient."""
    parties = {p.zh: p.id for p in shipped_reporting().parties.values()}
    laid_down = papers.paper(report, "docx")
    alone = received_by if len(report.addressees) == 1 else ""
    at = report.sent_at or ctx.now()
    rows, keys = [], []
    for name in dict.fromkeys(report.addressees):
        party = parties.get(name, "")
        bodies = clocks.bodies_of(ctx, party, report.scope) if party else []
        key = bodies[0].key if bodies else ""
        keys += [key] if key else []
        rows.append(ReportDelivery(
            report=report, scope=report.scope, shared_with=sorted({*report.shared_with, *([key] if key else [])}), world_id=ctx.world,
            recipient=party, recipient_name=name, organisation=key, means=report.means, sent_at=at, sent_by=report.sent_by,
            digest=laid_down.digest if laid_down else "", received_by=alone, received_at=at if alone else None,
            how=ReportDelivery.How.STATED if alone else "", confirmed_by=report.sent_by if alone else "",
        ))  # fmt: skip
    ReportDelivery.objects.bulk_create(rows)
    if set(keys) - set(report.shared_with):
        report.shared_with = sorted({*report.shared_with, *keys})
        report.save(update_fields=["shared_with"])


def confirm_receipt(
    ctx: Context,
    delivery: ReportDelivery,
    *,
    received_by: str = "",
    received_at: datetime | None = None,
    number: str = "",
) -> ReportDelivery:
    """Record that a recipient has it: by the recipient's own people in the platform, or by the sender who has asked.

    `received_at`: between sending and now (default now). What was confirmed stays as it is. Raises BadInput, Conflict, NotAllowed.
    """
    with transaction.atomic():
        fresh: ReportDelivery = ReportDelivery.objects.select_for_update(of=("self",)).get_visible(ctx, pk=delivery.pk)
        report: Report = Report.objects.in_world(ctx).get(pk=fresh.report_id)
        theirs, mine = bool(fresh.organisation) and fresh.organisation in ctx.keys, may_write(ctx, report)
        if not (theirs or mine):
            raise NotAllowed(_("只有发出方和接收方能登记送达"))
        if fresh.received_at is not None:
            raise Conflict(
                _("%(to)s已由%(who)s登记接收") % {"to": fresh.recipient_name, "who": fresh.confirmed_by},
                mend=_("登记有误的，请另发更正说明"),
            )
        who = received_by.strip() or (ctx.actor.name if theirs and not mine else "")
        if not who:
            raise BadInput(_("没有写接收人"), field="received_by", mend=_("请写明对方由谁接收，例如：市值班员（示例）"))
        at, now = received_at or ctx.now(), ctx.now()
        if not fresh.sent_at <= at <= now:
            raise BadInput(_("接收时间应在发出之后、此刻之前"), field="received_at", mend=_("请核对时间"))
        fresh.received_by, fresh.received_at, fresh.confirmed_by = whole(who, 120, "received_by"), at, _by(ctx)
        fresh.how = ReportDelivery.How.SYSTEM if theirs and not mine else ReportDelivery.How.ASKED
        fresh.number = whole(number, 60, "number")
        fresh.save(update_fields=["received_by", "received_at", "confirmed_by", "how", "number"])
        met = ReportClock.objects.in_world(ctx).filter(
            report=report, recipient_name=fresh.recipient_name, received_by=""
        )
        met.update(received_by=fresh.received_by)
        auditing.record(
            ctx, action=f"{KEY}.received", label=_("登记送达"), object_type=KEY, object_id=report.pk, scope=report.scope,
            data={"recipient": fresh.recipient_name, "received_by": fresh.received_by, "received_at": at.isoformat(), "how": fresh.how,
                  "number": fresh.number},
        )  # fmt: skip
    return fresh
