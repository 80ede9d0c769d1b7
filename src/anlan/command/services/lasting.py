"""A disaster that lasts: reported every day, without news too (零报告), until it is stable; then verified figures are owed (核报)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max

from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.deadlines import Clock, deadlines
from anlan.command.judging import reporting_facts_of
from anlan.command.models import Incident, ReportClock
from anlan.command.models.report_clock import DESK
from anlan.kernel.context import Context
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import step_service

from . import clocks

KEY = Incident.loop.key
#: Stages that a lasting disaster owes, beside those of every incident.
LASTING = ("zero", "verify")
#: Both are filed into the disaster reporting system; the signed paper goes with the filing.
FORM = "system"


@step_service(KEY, "begin_daily")
def begin_daily(ctx: Context, incident: Incident, evidence: dict[str, Any]) -> Incident:
    """From now on the disaster is reported every day, without news too. Raises NotAllowed (no disaster of that kind, begun already)."""
    with transaction.atomic():
        moved: Incident = transition(ctx, incident, "begin_daily", evidence=evidence, disaster_since=ctx.now())
        clocks.sync_clocks(ctx, moved)
    return moved


@step_service(KEY, "settle")
def settle(ctx: Context, incident: Incident, evidence: dict[str, Any]) -> Incident:
    """The disaster is stable: daily reports end, verified figures are owed within working days."""
    with transaction.atomic():
        moved: Incident = transition(ctx, incident, "settle", evidence=evidence, stable_at=ctx.now())
        clocks.sync_clocks(ctx, moved)
    return moved


def lasting_clocks(ctx: Context, incident: Incident, locality: dict[str, Any], *, tier: str) -> Iterator[Clock]:
    """What a lasting disaster owes now: the report of the day that runs, or the verified figures. Nothing before it was declared."""
    since, parties = incident.disaster_since, shipped_reporting().parties
    if since is None:
        return
    rows = ReportClock.objects.in_world(ctx).filter(incident=incident, state="met", stage__in=LASTING).order_by()
    reported = dict(rows.filter(stage="zero").values_list("office").annotate(at=Max("met_at")))
    verified = set(rows.filter(stage="verify").values_list("recipient", flat=True))
    settled = {} if incident.stable_at is None else {"stable_at": incident.stable_at}
    for sender, office in ((tier, DESK), (clocks.OWED_BY_STREET, clocks.OWED_BY_STREET)):
        last = reported.get(office) or since
        facts = reporting_facts_of(incident, first=since, last=last) | settled
        for clock in deadlines(facts, locality=locality, tier=tier):
            if clock.stage not in LASTING or clock.form != FORM or not clock.certain or not clock.recipient:
                continue
            if parties[clock.sender].tier != sender:
                continue
            if clock.stage == "zero":
                yield replace(clock, start_at=last)
            elif clock.recipient not in verified:
                yield clock
