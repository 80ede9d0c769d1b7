"""Scales by which incidents are graded (`incident_grades.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.conditions import Condition
from anlan.kernel.facts import Provenance, Record, Variable, load_record, read_vocabulary, variables_of

from .incident_kinds import shipped_kinds

FILE = Path(__file__).with_name("incident_grades.yaml")
KINDS_OF_SCALE = ("grade", "danger", "magnitude", "flag")
GRADES = {1: "特别重大", 2: "重大", 3: "较大", 4: "一般"}
"""The general name of a level, also where a scale of its own calls it otherwise (特大型 …)."""


@dataclass(frozen=True, slots=True)
class GradeLevel:
    """`level` 1 is the highest."""

    level: int
    zh: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Scale:
    """`levels` are highest first. Only `kind` grade takes part in the maximum; the others stand beside it."""

    id: str
    zh: str
    kind: str
    applies: tuple[str, ...]
    levels: tuple[GradeLevel, ...]
    investigators: dict[int, str]
    variables: dict[str, Variable]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class GradeRule:
    id: str
    zh: str
    rule: str
    reporting_levels_up: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Grades:
    scales: dict[str, Scale]
    rules: dict[str, GradeRule]

    def scales_for(self, code: str) -> list[Scale]:
        """The scales over an event code: its own grade scale, else its group's, else its class's; then the others."""
        kind = shipped_kinds().find(code)
        names = [code] if kind is None else [kind.national, kind.group, f"{kind.national[:2]}000"]
        grades: list[Scale] = []
        for name in names:
            grades = grades or [s for s in self.scales.values() if s.kind == "grade" and name in s.applies]
        beside = [s for s in self.scales.values() if s.kind != "grade" and any(n in s.applies for n in names)]
        return grades + beside


@cache
def shipped_grades() -> Grades:
    return load_grades(FILE)


def load_grades(path: Path) -> Grades:
    """Read the scales strictly; every code that a scale applies to must exist."""
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.done()
    vocabulary = read_vocabulary(root)
    root.raw("vocabulary", {})
    rules = {}
    for r in root.records("rules"):
        up = r.integer("reporting_levels_up", 0, least=0)
        rules[r.text("id")] = GradeRule(r.text("id"), r.text("zh"), r.text("rule"), up, r.provenance)
        r.done()
    scales = {r.text("id"): _read_scale(r, vocabulary) for r in root.records("scales")}
    root.done()
    return Grades(scales, rules)


def _read_scale(r: Record, vocabulary: Any) -> Scale:
    levels: list[GradeLevel] = []
    conditions = []
    for part in r.records("levels", None):
        level = part.integer("level", least=1)
        if levels and level <= levels[-1].level:
            raise part.error("levels go from the highest (1) down, each once")
        when = part.condition("when", vocabulary)
        levels.append(GradeLevel(level, part.text("zh"), when))
        conditions.append((part.path, when))
        part.done()
    if not levels:
        raise r.error("a scale needs levels")
    investigators = {}
    for part in r.records("investigators", None, ()):
        investigators[part.integer("level")] = part.text("by")
        part.done()
    applies = r.refer_all("applies", shipped_kinds().kinds, "event code")
    scale = Scale(
        r.text("id"), r.text("zh"), r.one_of("kind", KINDS_OF_SCALE), applies, tuple(levels), investigators,
        variables_of(r.file, conditions), r.provenance,
    )  # fmt: skip
    r.done()
    return scale
