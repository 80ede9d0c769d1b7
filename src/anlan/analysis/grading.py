"""Grading an incident by what is known: the grade, the clause, what is unknown and what would raise it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anlan.kernel.conditions import (
    BadFacts,
    Leaf,
    LeafTrace,
    Problem,
    Result,
    bind_windows,
    deciding_unknowns,
    evaluate,
    read_figure,
    ways_to_true,
    without_upper_bounds,
)

from .data.incident_grades import GRADES, GradeLevel, Grades, Scale, shipped_grades
from .data.incident_kinds import shipped_kinds

CONTEXT_KEYS = frozenset({"type", "event5", "sensitive", "deaths", "missing", "trapped", "serious_injuries"})
SUMS = {
    "deaths_missing": ("deaths", "missing"),
    "trapped_or_missing": ("trapped", "missing"),
    "deaths_plus_serious": ("deaths", "serious_injuries"),
}
"""Counts that a scale asks for together and a report gives apart."""
PEOPLE_UNITS = frozenset({"人", "例"})
#: More people than this are a slip of the hand: no event of this country has struck so many.
MOST_PEOPLE = 100_000_000


@dataclass(frozen=True, slots=True)
class ScaleGrade:
    """One scale judged. `found` is the highest level proven true; `results` are highest first."""

    scale: Scale
    found: GradeLevel | None
    results: tuple[tuple[GradeLevel, Result], ...]
    unknown: tuple[str, ...]
    facts: Mapping[str, Any]

    @property
    def provisional(self) -> bool:
        """A higher level than the one found is still open."""
        return any(result.value is None for _, result in self.higher)

    @property
    def higher(self) -> list[tuple[GradeLevel, Result]]:
        return [(lv, r) for lv, r in self.results if self.found is None or lv.level < self.found.level]


def grade(facts: Mapping[str, Any], grades: Grades | None = None) -> dict[str, Any]:
    """Grade by `facts`: ``type`` (a scale id or an event code) or ``event5``, the scale's variables, and ``sensitive``.

    Returns ``{"grade", "level", "provisional", "clause", "unknown", "would_raise", "scale", …}``: the highest level
    that is proven (1 is the highest); ``grade`` None when none is. Of several scales only those of kind grade take part
    in the maximum; dangers, magnitudes and flags stand in ``beside``. ``sensitive`` changes ``reporting_level`` only.
    ``ignored`` lists variables that no scale of this type asks for. Raises BadFacts, also for people that are no whole
    number from 0 to 100 million.
    """
    grades = grades or shipped_grades()
    given, facts = facts, with_sums(facts)
    scales = _scales(facts, grades)
    _check_people(given, scales)
    judged = [judge_scale(scale, facts) for scale in scales]
    ranked = [j for j in judged if j.scale.kind == "grade"] or judged[:1]
    best = min(ranked, key=lambda j: j.found.level if j.found else 99)
    level = best.found.level if best.found else None
    known = {name for s in scales for v in s.variables for name in (v, v.split("@")[0], f"{v}.area_pct")} | CONTEXT_KEYS
    rule = grades.rules["sensitive"]
    sensitive = _flag(facts, "sensitive")
    raised = level and sensitive and best.scale.kind == "grade"
    reporting = max(1, level - rule.reporting_levels_up) if level and raised else level
    return {
        "grade": best.found.zh if best.found else None,
        "level": level,
        "provisional": any(j.provisional for j in ranked),
        "clause": best.scale.provenance.source,
        "confidence": best.scale.provenance.confidence,
        "suggested": best.scale.provenance.suggested,
        "scale": best.scale.id,
        "scale_zh": best.scale.zh,
        "kind": best.scale.kind,
        "unknown": sorted({name for j in ranked for name in j.unknown}),
        "would_raise": [way for j in ranked for way in _would_raise(j, level)],
        "because": [t.as_dict() for t in _proof(best)],
        "investigator": best.scale.investigators.get(level) if level else None,
        "reporting_level": reporting,
        "reporting_grade": _name_of(best.scale, reporting),
        "reporting_clause": rule.provenance.source if reporting != level else None,
        "beside": [_beside(j) for j in judged if j not in ranked and j.found],
        "ignored": sorted(k for k in given if k not in known),
    }


def grade_door(given: Any) -> dict[str, Any]:
    """`bin/anlan grade --facts`: JSON in, JSON out. Raises BadFacts for anything that is not a mapping with a type."""
    if not isinstance(given, Mapping):
        raise BadFacts(
            [Problem("", "not_a_mapping", '事实应是一个 JSON 对象，例如 {"type": "work_safety", "deaths": 3}')]
        )
    return grade(given)


def with_sums(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with the sums of `SUMS` that are not given but follow: exact when both counts are known, else bounds.

    A count of 0 beside an unknown one bounds nothing and adds nothing.
    """
    full = dict(facts)
    for name, parts in SUMS.items():
        if full.get(name) is not None:
            continue
        known = [f for f in (read_figure(p, full.get(p)) for p in parts) if f.kind == "number"]
        low = sum(f.low for f in known)
        if len(known) == len(parts) and all(f.exact for f in known):
            full[name] = low
        elif low > 0:
            full[name] = {"at_least": low}
    return full


def judge_scale(scale: Scale, facts: Mapping[str, Any]) -> ScaleGrade:
    """Judge one scale, highest level first."""
    bound = bind_windows([lv.when for lv in scale.levels], facts)
    results = tuple((lv, _judge_level(lv, bound)) for lv in scale.levels)
    found = next((lv for lv, result in results if result.value), None)
    higher = [lv for lv in scale.levels if found is None or lv.level < found.level]
    unknown = {name: None for lv in higher for name in deciding_unknowns(lv.when, bound)}
    return ScaleGrade(scale, found, results, tuple(unknown), bound)


def _judge_level(level: GradeLevel, facts: Mapping[str, Any]) -> Result:
    """The level judged; with figures known only as "at least", whether it or a higher one is reached."""
    result = evaluate(level.when, facts)
    if result.value is None:
        at_least = evaluate(without_upper_bounds(level.when), facts)
        return at_least if at_least.value else result
    return result


def scale_ids() -> tuple[str, ...]:
    return tuple(shipped_grades().scales)


def _scales(facts: Mapping[str, Any], grades: Grades) -> list[Scale]:
    name = facts.get("type") if facts.get("type") is not None else facts.get("event5")
    if not isinstance(name, str) or not name:
        wanted = "、".join(grades.scales)
        raise BadFacts([Problem("type", "missing_type", f"请用 type 指明分级标准（{wanted}）或事件类型码")])
    if name in grades.scales:
        scale = grades.scales[name]
        beside = [s for s in grades.scales.values() if s.kind == "flag" and set(s.applies) & set(scale.applies)]
        return [scale, *(s for s in beside if s is not scale)] if scale.kind == "grade" else [scale]
    if shipped_kinds().find(name) is None:
        wanted = "、".join(grades.scales)
        raise BadFacts([Problem("type", "unknown_type", f"没有“{name}”这种分级标准或事件类型码；分级标准有 {wanted}")])
    scales = grades.scales_for(name)
    if not scales:
        zh = shipped_kinds().kinds[name].zh
        raise BadFacts([Problem("type", "no_scale", f"“{name} {zh}”没有收录分级标准，请由主管部门判定级别")])
    return scales


def _check_people(facts: Mapping[str, Any], scales: list[Scale]) -> None:
    """People are counted whole: half a death, or more people than there are, is a slip that must not grade anything."""
    asked = {v.key for scale in scales for v in scale.variables.values() if v.unit in PEOPLE_UNITS}
    asked |= {part for name in asked & set(SUMS) for part in SUMS[name]}
    problems = []
    for name in sorted(asked & set(facts)):
        figure = read_figure(name, facts[name])
        bounds = [n for n in (figure.low, figure.high) if figure.kind == "number" and math.isfinite(n)]
        if any(n != int(n) for n in bounds):
            text = f"“{name}”是人数，应为不小于0的整数，收到的是 {facts[name]}；有约数请取整，不知道时请填 null"
            problems.append(Problem(name, "not_whole", text))
        elif any(n > MOST_PEOPLE for n in bounds):
            text = f"“{name}”是人数，{facts[name]} 大得不可信（最多{MOST_PEOPLE}）；请核对位数，不知道时请填 null"
            problems.append(Problem(name, "not_credible", text))
    if problems:
        raise BadFacts(problems)


def _flag(facts: Mapping[str, Any], key: str) -> bool | None:
    value = facts.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadFacts([Problem(key, "not_a_flag", f"“{key}”应为 true 或 false，收到的是 {value!r}")])
    return value


def _name_of(scale: Scale, level: int | None) -> str | None:
    if level is None:
        return None
    return next((lv.zh for lv in scale.levels if lv.level == level), GRADES.get(level))


def _proof(judged: ScaleGrade) -> list[LeafTrace]:
    return [t for lv, r in judged.results if lv is judged.found for t in r.trace if t.result]


def _would_raise(judged: ScaleGrade, level: int | None) -> list[dict[str, Any]]:
    """The levels above, nearest first, with what each would need; what a known figure already exceeds is left out."""
    ways: list[dict[str, Any]] = []
    for lv, _ in reversed(judged.higher):
        if level is not None and lv.level >= level:
            continue
        for way in ways_to_true(lv.when, judged.facts):
            if way and not any(_beyond(t) for t in way):
                ways.append(
                    {"level": lv.level, "grade": lv.zh, "scale": judged.scale.id, "needs": [_need(t) for t in way]}
                )
    return ways


def _beyond(trace: LeafTrace) -> bool:
    """A range whose upper end the figure has passed: more of it would not help."""
    leaf: Leaf = trace.leaf
    upper = leaf.high if leaf.op == "range" else leaf.value if leaf.op in ("<", "<=") else None
    return upper is not None and trace.figure.kind == "number" and trace.figure.low >= upper


def _need(trace: LeafTrace) -> dict[str, Any]:
    leaf = trace.leaf
    need: dict[str, Any] = {"var": leaf.key, "fact": trace.figure.shown()}
    if leaf.op == "range":
        need |= {"op": ">=", "threshold": leaf.low}
    else:
        need |= {"op": leaf.op, "threshold": leaf.threshold}
    return need | ({"unit": leaf.unit} if leaf.unit else {})


def _beside(judged: ScaleGrade) -> dict[str, Any]:
    assert judged.found is not None
    return {
        "scale": judged.scale.id,
        "scale_zh": judged.scale.zh,
        "kind": judged.scale.kind,
        "level": judged.found.level,
        "grade": judged.found.zh,
        "provisional": judged.provisional,
        **judged.scale.provenance.as_dict(),
        "because": [t.as_dict() for t in _proof(judged)],
    }
