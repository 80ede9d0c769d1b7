"""What an incident's figures make of it: its grade, and the facts that the reporting rules ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.analysis.grading import grade
from anlan.kernel.conditions import BadFacts

from .models import Incident

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
    if incident.grade:
        facts["grade"] = incident.grade
    return facts


def locality_of(incident: Incident) -> dict[str, Any]:
    province = incident.scope.split("/")[0]
    return {"name": MUNICIPALITIES.get(province, ""), "municipality": province in MUNICIPALITIES}
