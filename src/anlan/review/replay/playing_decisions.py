"""What simulated people decide and sign: calls registered, reports signed and sent, responses approved or declined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Max, Value

from anlan.command.models import Followup, Incident, Incoming, Report, ReportClock
from anlan.command.models.report_clock import DESK
from anlan.command.queries.intake import duplicates, understand
from anlan.command.services.clocks import meet_clocks
from anlan.command.services.incidents import add_followup, confirm_facts, open_incident
from anlan.command.services.reports import continue_report
from anlan.decision.models import Proposal
from anlan.kernel.context import Context
from anlan.kernel.loops import model_of, transition
from anlan.kernel.loops.stepping import take_each, take_step

from .cast import Cast, place_of_scenario
from .due import Act, Together

MARK = "（模拟）"
#: Reports of the duty room; those of streets and departments are not the players' to write.
_OF_DESK = {"loop": Report.loop.key, "where": {"office": DESK}}


def decisions_due(ctx: Context, cast: Cast) -> Iterator[Act]:
    home = place_of_scenario(cast.scenario.place)
    rules = [rule for rule in cast.scenario.decisions if cast.plays(rule["by"])]
    asking = _asking(ctx, {_concerned(rule)[0] for rule in rules})
    for rule in rules:
        loop, state = _concerned(rule)
        if any(loop == known and state in ("", now) for known, now in asking):
            yield from _MATTERS[rule["matter"]](ctx, {**rule, "home": home})


def _concerned(rule: dict[str, Any]) -> tuple[str, str]:
    """(key of the loop, state; empty: any open one) without a record of which a rule asks for nothing."""
    return (rule["loop"], rule["state"]) if rule["matter"] == "step" else _CONCERNED[rule["matter"]]


def _asking(ctx: Context, loops: set[str]) -> set[tuple[str, str]]:
    """Loops and states that have open records now: one statement in place of one for every rule that asks for nothing."""
    if not loops:
        return set()
    first, *more = (
        model_of(key)
        .objects.in_world(ctx)
        .open()
        .order_by()
        .annotate(of_loop=Value(key))
        .values_list("of_loop", "state")
        for key in sorted(loops)
    )
    return set(first.union(*more))


def _after(rule: dict[str, Any], since: datetime) -> datetime:
    return since + timedelta(minutes=rule["after_min"])


def _intake(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    for row in Incoming.objects.in_world(ctx).open().order_by("opened_at", "pk"):
        yield Act(f"intake:{row.pk}", _after(rule, row.opened_at), rule["by"], _taking(row))


def _taking(row: Incoming) -> Callable[[Context], Any]:
    """Noted when it asks for nothing, joined to the incident that it is about, otherwise a new incident."""

    def run(player: Context) -> Any:
        if row.channel == Incoming.Channel.MESSAGE:
            return transition(player, row, "note", evidence={"reason": "情况提示，已阅"})
        said = understand(player, row.text)
        likely = duplicates(player, said, limit=1)
        known = (
            Incident.objects.visible_to(player).filter(pk=likely[0]["incident"].pk).first()
            if likely
            else _same_source(player, row)
        )
        if known is None:
            return open_incident(player, text=row.text, incoming=row)
        figures = {n: v for n, v in said.facts.items() if v is not None}
        return add_followup(player, known, text=row.text, facts=figures, source=row.source, incoming=row)

    return run


def _same_source(player: Context, row: Incoming) -> Incident | None:
    """A follow-up says so itself and comes from whoever reported first."""
    if not any(word in row.text for word in ("续报", "终报")):
        return None
    earlier = Incoming.objects.visible_to(player).filter(
        source=row.source, incident__closed_at__isnull=True, incident__isnull=False
    )
    before = earlier.order_by("-opened_at").select_related("incident").first()
    return before.incident if before else None


def _step(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    """Any step of any loop, some time after its state began, or some time before it falls due."""
    model = model_of(rule["loop"])
    rows = model.objects.in_world(ctx).open().filter(state=rule["state"], scope__startswith=rule["home"])
    for record in rows.filter(**rule.get("where", {})):
        if "before_due_min" not in rule:
            due = _after(rule, record.state_since)
        elif record.due_at is None:
            continue
        else:
            due = max(record.state_since, record.due_at - timedelta(minutes=rule["before_due_min"]))
        key = f"{rule['loop']}:{record.pk}:{rule['state']}:{record.state_since.isoformat()}:{rule['step']}"
        step, evidence = rule["step"], rule.get("evidence", {})
        together = Together(f"{rule['loop']}.{step}", (record, evidence), partial(_step_all, step=step))
        yield Act(key, due, rule["by"], _stepping(record, step, evidence), together)


def _stepping(record: Any, step: str, evidence: dict[str, Any]) -> Callable[[Context], Any]:
    return lambda player: take_step(player, record, step, _given(record, evidence))


def _step_all(taking: Sequence[tuple[Context, Any]], *, step: str) -> list[Any]:
    return take_each([(player, record, _given(record, evidence)) for player, (record, evidence) in taking], step)


def _given(record: Any, evidence: dict[str, Any]) -> dict[str, Any]:
    """Evidence that begins with a dot is a property of the record."""
    return {
        name: getattr(record, value[1:]) if isinstance(value, str) and value.startswith(".") else value
        for name, value in evidence.items()
    }


def _report_draft(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    yield from _step(ctx, {**rule, **_OF_DESK, "state": "drafted", "step": "submit"})


def _report_signature(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    yield from _step(ctx, {**rule, **_OF_DESK, "state": "signing", "step": "sign"})


def _report_send(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    evidence = {"means": "system", "received_by": f"对方值班室{MARK}"}
    yield from _step(ctx, {**rule, **_OF_DESK, "state": "signed", "step": "send", "evidence": evidence})


def _report_phone(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    """Clocks that a telephone call fulfils."""
    for row in ReportClock.objects.in_world(ctx).open().filter(form="phone").select_related("incident"):
        yield Act(f"phone:{row.pk}", _after(rule, row.opened_at), rule["by"], _phoning(row))


def _phoning(row: ReportClock) -> Callable[[Context], Any]:
    return lambda player: meet_clocks(player, [row], means="phone", received_by=f"对方值班员{MARK}")


def _report_continue(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    """What arrived since the last report goes up as a continued one."""
    for incident in Incident.objects.in_world(ctx).open().filter(scope__startswith=rule["home"]):
        reports = Report.objects.in_world(ctx).filter(incident=incident)
        last = reports.filter(state="sent").aggregate(at=Max("sent_at"))["at"]
        if last is None or reports.open().filter(stage="continue").exists():
            continue
        newest = Followup.objects.in_world(ctx).filter(incident=incident, at__gt=last).aggregate(at=Max("at"))["at"]
        if newest is not None:
            key = f"continue:{incident.pk}:{newest.isoformat()}"
            yield Act(key, _after(rule, newest), rule["by"], _continuing(incident))


def _no_more_unknown(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    """When everybody is out, the duty officer asks back and has the figures of the rule confirmed."""
    for incident in Incident.objects.in_world(ctx).open().filter(scope__startswith=rule["home"]):
        wanted = {n: v for n, v in rule["facts"].items() if incident.facts.get(n) is None}
        if not wanted or incident.facts.get("trapped") != 0 or incident.facts.get("deaths") != 0:
            continue
        newest = (
            Followup.objects.in_world(ctx).filter(incident=incident).aggregate(at=Max("at"))["at"]
            or incident.state_since
        )
        yield Act(f"facts:{incident.pk}", _after(rule, newest), rule["by"], _confirming(incident, wanted))


def _confirming(incident: Incident, facts: dict[str, Any]) -> Callable[[Context], Any]:
    return lambda player: confirm_facts(player, incident, facts, source=f"电话向街道核实{MARK}")


def _continuing(incident: Incident) -> Callable[[Context], Any]:
    return lambda player: continue_report(player, incident)


def _response_start(ctx: Context, rule: dict[str, Any]) -> Iterator[Act]:
    rows = (
        Proposal.objects.in_world(ctx)
        .open()
        .filter(kind__in=(Proposal.Kind.START, Proposal.Kind.RAISE), level=rule["level"])
    )
    for row in rows.select_related("region", "plan"):
        yield Act(f"proposal:{row.pk}", _after(rule, row.opened_at), rule["by"], _deciding(row, rule))


def _deciding(row: Proposal, rule: dict[str, Any]) -> Callable[[Context], Any]:
    note = f"{rule.get('note', '')}{MARK}"
    if rule["answer"] == "decline":
        return lambda player: take_step(player, row, "decline", {"reason": note})
    given = {
        "matter": row.order_matter, "expected_hours": row.order_hours, "measures": str(row.order_measures)[:2000], "note": note,
    }  # fmt: skip
    return lambda player: take_step(player, row, "approve", given)


_CONCERNED = {
    "intake": (Incoming.loop.key, ""),
    "report_draft": (Report.loop.key, "drafted"),
    "report_signature": (Report.loop.key, "signing"),
    "report_send": (Report.loop.key, "signed"),
    "report_phone": (ReportClock.loop.key, ""),
    "report_continue": (Incident.loop.key, ""),
    "confirm_facts": (Incident.loop.key, ""),
    "response_start": (Proposal.loop.key, ""),
}

_MATTERS: dict[str, Callable[[Context, dict[str, Any]], Iterator[Act]]] = {
    "intake": _intake,
    "report_draft": _report_draft,
    "report_signature": _report_signature,
    "report_send": _report_send,
    "report_phone": _report_phone,
    "report_continue": _report_continue,
    "confirm_facts": _no_more_unknown,
    "response_start": _response_start,
    "step": _step,
}
