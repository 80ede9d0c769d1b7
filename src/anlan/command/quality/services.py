"""Keeping suspicions in line with the facts. The machine opens them and lets them lapse; it never confirms one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from anlan.command.models import Incident, Incoming, Report, ReportFinding
from anlan.command.models.report_clock import DESK
from anlan.command.services import clocks
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.loops import open_record, transition
from anlan.kernel.models import AuditEntry
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _

from . import gathering
from .recognising import Suspicion, ignored, recognise

KEY = ReportFinding.loop.key
#: How far back the register is gone through when somebody asks for it.
LOOK_BACK = timedelta(days=31)


@own_language()
def look_at(ctx: Context, incident: Incident) -> list[ReportFinding]:
    """Bring the suspicions about one incident in line with its records; returns those that stand. Running twice changes nothing."""
    me = clocks.reporter(ctx)
    with transaction.atomic():
        _one_at_a_time(me, f"incident:{incident.pk}")
        standing: list[ReportFinding] = []
        if incident.state not in ("false", "merged"):
            for unit, dossier in gathering.dossiers(me, incident).items():
                for found in recognise(dossier):
                    standing.append(_keep(me, found, unit, incident=incident))
        _let_lapse(me, incident, {f.pk for f in standing})
    return standing


@own_language()
def look_at_incoming(ctx: Context, back: timedelta = LOOK_BACK) -> list[ReportFinding]:
    """Messages of the time `back` from now about people in danger that were put aside or left lying."""
    me = clocks.reporter(ctx)
    with transaction.atomic():
        _one_at_a_time(me, "incoming")
        since = ctx.now() - back
        rows = gathering.put_aside(me, since)
        kept = []
        for said, handled in rows:
            name = gathering.district_of(said.scope)
            found = ignored(f"incoming:{said.pk}", name, gathering.as_fact(said), handled)
            kept.append(_keep(me, found, (DESK, name, "county"), incoming=said))
        gone = _open(me).filter(incoming__opened_at__gte=since).exclude(pk__in=[f.pk for f in kept])
        for finding in gone:
            transition(me, finding, "lapse", evidence={"reason": _("来报已立为事件或并入事件")})
    return kept


def look_over(ctx: Context) -> int:
    """Go through the incidents that the person may see, of the last month; returns how many suspicions stand."""
    since = ctx.now() - LOOK_BACK
    rows = Incident.objects.visible_to(ctx).filter(received_at__gte=since).order_by("-received_at")[:500]
    return sum(len(look_at(ctx, incident)) for incident in rows) + len(look_at_incoming(ctx))


def _one_at_a_time(ctx: Context, what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"report quality:{ctx.world}:{what}"])


def _open(ctx: Context) -> Any:
    return ReportFinding.objects.in_world(ctx).filter(state="suspected")


def _keep(
    ctx: Context,
    found: Suspicion,
    unit: tuple[str, str, str],
    *,
    incident: Incident | None = None,
    incoming: Incoming | None = None,
) -> ReportFinding:
    key, name, level = unit
    known = ReportFinding.objects.in_world(ctx).filter(kind=found.kind, subject=found.subject).first()
    evidence = [fact.as_dict() for fact in found.evidence]
    if known is None:
        scope = incident.scope if incident else incoming.scope if incoming else ""
        opened: ReportFinding = open_record(
            ctx, ReportFinding, scope=scope, kind=found.kind, subject=found.subject, unit=key, unit_name=name[:120], level=level,
            incident=incident, incoming=incoming, report_id=found.report or None, why=found.why, evidence=evidence, clause=found.clause,
            involved=_involved(found, incident), note={"why": found.why},
        )  # fmt: skip
        return opened
    if known.state == "suspected" and (known.why, known.evidence) != (found.why, evidence):
        before, known.why, known.evidence = known.why, found.why, evidence
        known.save(update_fields=["why", "evidence"])
        if before != found.why:
            auditing.record(
                ctx, action=f"{KEY}.refresh", label=_("按新事实更新"), object_type=KEY, object_id=known.pk, scope=known.scope,
                data={"why": found.why},
            )  # fmt: skip
    return known


def _involved(found: Suspicion, incident: Incident | None) -> list[str]:
    """Whose own acts it is about: who signed and sent the report concerned, or any report of the incident."""
    if incident is None:
        return []
    reports = Report.objects.unscoped("keys of people only").filter(incident=incident)
    objects = [found.report] if found.report else [str(pk) for pk in reports.values_list("pk", flat=True)]
    rows = AuditEntry.objects.filter(
        object_type=Report.loop.key,
        object_id__in=objects,
        action__in=(f"{Report.loop.key}.sign", f"{Report.loop.key}.send"),
    )
    return sorted({actor for actor in rows.values_list("actor", flat=True) if actor.startswith("person:")})


def _let_lapse(ctx: Context, incident: Incident, standing: set[Any]) -> None:
    reason = _("事件已定为误报或并入") if incident.state in ("false", "merged") else _("按现有记录，依据已不成立")
    for finding in _open(ctx).filter(incident=incident).exclude(pk__in=standing):
        transition(ctx, finding, "lapse", evidence={"reason": reason})
