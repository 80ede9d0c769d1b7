"""The facts that reporting rules ask for, drawn from what is known of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from anlan.analysis.data.incident_grades import GRADES, Scale, shipped_grades
from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.analysis.grading import grade, judge_scale, with_sums
from anlan.kernel.conditions import BadFacts, Problem

from .data.reporting_deadlines import Reporting
from .timing import EARLIEST, LATEST

TIMES = frozenset({
    "occurred_at", "discovered_at", "received_at", "learned_at", "first_reported_at", "last_reported_at", "handled_at",
    "stable_at", "triggered_at", "published_at", "consulted_at", "drilled_at",
})  # fmt: skip
CONTEXT_KEYS = frozenset({"type", "event5", "missing", "trapped"})


def reporting_facts(facts: Mapping[str, Any], reporting: Reporting) -> dict[str, Any]:
    """The given facts, completed: what kind of event it is, which scales cover it, its grade, and aware times.

    Two presumptions hold until somebody says otherwise: an incident is no drought unless its kind is one, and a
    disaster is not stable unless ``stable_at`` is given. Whatever else is not known stays unknown. Raises BadFacts.
    """
    known = with_sums({k: v for k, v in facts.items() if v is not None})
    for name in TIMES & known.keys():
        known[name] = read_time(name, known[name])
    known.setdefault("occasion", "incident")
    known.setdefault("disaster_stable", known.get("stable_at") is not None)
    code, scales = _event(facts)
    if code:
        kind = shipped_kinds().kinds[code]
        known |= {"event.class": kind.klass, "event.group": kind.group, "event.code": kind.national}
        known.setdefault("disaster_type", "drought" if kind.national in reporting.drought_codes else "other")
        covered = {s.id for s in scales}
        known |= {f"scale.{name}": name in covered for name in shipped_grades().scales}
        _add_judgements(known, scales)
    return known


def read_time(name: str, raw: Any) -> datetime:
    """An aware datetime from an ISO text with offset or a datetime; BadFacts otherwise."""
    when = raw
    if isinstance(raw, str):
        try:
            when = datetime.fromisoformat(raw)
        except ValueError:
            when = None
    if not isinstance(when, datetime) or when.tzinfo is None:
        message = f"“{name}”应为带时区偏移的 ISO 8601 时间，例如 2016-07-20T12:40:00+08:00，收到的是 {raw!r}"
        raise BadFacts([Problem(name, "not_a_time", message)])
    if not EARLIEST <= when <= LATEST:
        message = f"“{name}”是 {when.year} 年，请核对；可用的是 {EARLIEST.year} 至 {LATEST.year} 年"
        raise BadFacts([Problem(name, "not_a_time", message)])
    return when


def _event(facts: Mapping[str, Any]) -> tuple[str, list[Scale]]:
    """The event code and the scales that cover it; a scale id in ``type`` stands for the first code that it covers."""
    grades = shipped_grades()
    code, name = facts.get("event5"), facts.get("type")
    if code is None and isinstance(name, str) and name in grades.scales:
        scale = grades.scales[name]
        first = scale.applies[0]
        return first, [scale, *(s for s in grades.scales_for(first) if s is not scale and s.kind != "grade")]
    code = code if code is not None else name
    if code is None:
        return "", []
    if not isinstance(code, str) or shipped_kinds().find(code) is None:
        message = f"没有“{code}”这个事件类型码；请用五位事件码（如 11A02）或分级标准的代码（如 work_safety）"
        raise BadFacts([Problem("event5", "unknown_type", message)])
    return code, grades.scales_for(code)


def _add_judgements(known: dict[str, Any], scales: list[Scale]) -> None:
    """Grade, dangers and the near-miss flag, judged from the figures where they are not given."""
    if known.get("grade") is None and (graders := [s for s in scales if s.kind == "grade"]):
        level = grade({**known, "type": graders[0].id})["level"]
        if level:
            known["grade"] = GRADES[level]
    known.setdefault("grade_undetermined", known.get("grade") is None)
    for name in ("geo_disaster", "geo_danger"):
        scale = next((s for s in scales if s.id == name), None)
        if scale and known.get(name) is None and (found := judge_scale(scale, known).found):
            known[name] = found.zh
    if known.get("near_miss") is None:
        scale = next((s for s in scales if s.id == "near_miss"), None)
        value = False if scale is None else judge_scale(scale, known).results[0][1].value
        if value is not None:
            known["near_miss"] = value
