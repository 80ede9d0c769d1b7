"""What an incident's figures make of it: its grade, and the facts that the reporting rules ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.timezone import localtime

from anlan.analysis.data.incident_grades import GRADES
from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.analysis.grading import grade
from anlan.kernel.conditions import BadFacts
from anlan.kernel.scope import above
from anlan.kernel.wording import words as _

from .data.reporting_deadlines import shipped_reporting
from .models import Incident, LocalRule

#: Provinces that are cities at the same time (直辖市): the level above a district is both.
MUNICIPALITIES = {"11": "北京市", "12": "天津市", "31": "上海市", "50": "重庆市"}


def judge(incident: Incident) -> dict[str, Any]:
    """The grading of an incident by what is known: as `analysis.grading.grade` gives it, or with the reason why there is none."""
    if not incident.kind or shipped_kinds().find(incident.kind) is None:
        return _ungraded("事件类型未定，无法定级", ["kind"])
    known = {name: value for name, value in incident.facts.items() if value is not None}
    try:
        return grade({**known, "event5": incident.kind, "sensitive": incident.sensitive})
    except BadFacts as fault:
        return _ungraded(str(fault.problems[0].message) if fault.problems else str(fault), [])


def _ungraded(why: str, unknown: list[str]) -> dict[str, Any]:
    return {
        "grade": None, "level": None, "provisional": True, "clause": "", "confidence": "low", "suggested": False, "scale": "",
        "scale_zh": "", "unknown": unknown, "would_raise": [], "because": [], "why": why,
    }  # fmt: skip


def reporting_facts_of(incident: Incident, *, first: datetime | None, last: datetime | None) -> dict[str, Any]:
    """Facts for `deadlines`: figures, grade, kind, and the times from which rules count. `first` and `last`: reports made."""
    facts = {name: value for name, value in incident.facts.items() if value is not None}
    if incident.kind and shipped_kinds().find(incident.kind) is not None:
        facts["event5"] = incident.kind
    started = incident.occurred_at or incident.received_at
    times = {
        "occurred_at": started, "discovered_at": started, "received_at": incident.received_at, "learned_at": incident.received_at,
        "first_reported_at": first, "last_reported_at": last, "handled_at": incident.closed_at,
    }  # fmt: skip
    facts |= {name: at for name, at in times.items() if at is not None}
    facts["sensitive"] = incident.sensitive
    if incident.grade_level:
        # Rules speak of the four grades of the response law; landslides are called small to very large on the same four levels.
        facts["grade"] = GRADES[incident.grade_level]
    return facts


def locality_of(incident: Incident, at: datetime | None = None) -> dict[str, Any]:
    """What holds otherwise where the incident is: municipalities by their code, and what its regions have entered (`LocalRule`)."""
    province = incident.scope.split("/")[0]
    laid = local_rules(incident.scope, at or incident.received_at)
    name = MUNICIPALITIES.get(province, "")
    return {"name": name or _("本地规定"), "municipality": province in MUNICIPALITIES, **laid}


def local_rules(scope: str, at: datetime) -> dict[str, Any]:
    """``{"rules": {...}, "off": [...]}`` as `locality.read_locality` takes them; the nearest region's newest entry in force wins.

    An entry about a rule that is not shipped any more, or has no limits to override, is passed over.
    """
    day = localtime(at).date()
    known = shipped_reporting().rules
    rows = LocalRule.objects.unscoped("rules hold for everybody in their region").filter(
        Q(until__isnull=True) | Q(until__gte=day), scope__in=above(scope), since__lte=day, retired_at__isnull=True
    )
    entries = {row.rule: row for row in sorted(rows, key=lambda row: (len(row.scope), row.since))}
    off = [rule for rule, row in entries.items() if row.off and rule in known]
    rules = {}
    for rule, row in entries.items():
        if row.off or rule not in known:
            continue
        minutes = {"phone": row.phone_min, "written": row.written_min, "system": row.system_min}
        limits = {form: given for form, given in minutes.items() if given is not None and form in known[rule].limits}
        if limits:
            rules[rule] = {"limits": limits, "source": row.source, "confidence": row.confidence}
    return {"rules": rules, "off": off}
