"""Reporting rules (`reporting_deadlines.yaml`): clocks, recipients, elements of a report, when it counts as late."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.analysis.data.incident_grades import GRADES, shipped_grades
from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.kernel.conditions import Condition
from anlan.kernel.facts import Provenance, Record, Variable, each_leaf, load_record, read_vocabulary, variables_of

FILE = Path(__file__).with_name("reporting_deadlines.yaml")
TIERS = ("public", "unit", "village", "town", "county", "city", "province", "state")
STAGES = ("first", "continue", "final", "correction", "zero", "verify", "public", "alert", "routine")
#: Actors of a county whose reports its duty desk makes; departments make their own.
DESK = frozenset({"", "duty", "emergency", "hq_office", "members", "media", "water"})
FIRST_RECIPIENTS = "first_recipients"
#: The steps of a report that share the legal limit.
SHARES = ("draft", "review", "sign", "send")
PROCESS_VALUES = (
    "offices",
    "twins",
    "leader_after_share_pct",
    "shares_pct",
    "within_min",
    "within_m",
    "warn_at_share_pct",
    "escalate_every_min",
    "answer_min",
)
REPORT_STAGES = ("first", "continue", "final")
_CODED = {"event.code": "kind", "event.group": "group"}
_CLOCK_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


@dataclass(frozen=True, slots=True)
class Party:
    """Who reports or is reported to. `actor` is a code of the organisation data, where our own district has one."""

    id: str
    zh: str
    tier: str
    actor: str

    @property
    def office(self) -> str:
        """Who answers for what this party owes: the duty desk of its tier, or a unit or department by itself."""
        if self.tier in ("unit", "village", "town") or (self.tier == "county" and self.actor not in DESK):
            return self.id
        return self.tier


@dataclass(frozen=True, slots=True)
class Start:
    """From when a clock counts: the fact that holds the time, and the one to take where it is not known."""

    id: str
    zh: str
    fact: str
    fallback: str


@dataclass(frozen=True, slots=True)
class Route:
    """`recipients` are parties; empty means all those who got the first report."""

    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One reporting rule. One way of timing: `limits` (form → minutes), or for `forms` a repetition or a date."""

    id: str
    zh: str
    stage: str
    applies: Condition
    routes: tuple[Route, ...]
    start: str
    limits: Mapping[str, int]
    forms: tuple[str, ...]
    then: str
    period: bool
    every_min: int | Mapping[str, int] | None
    times_per_day: Mapping[str, int] | None
    daily_at: Mapping[str, str] | None
    work_days: Mapping[str, int] | None
    yearly_on: str
    times_per_year: int | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Element:
    key: str
    zh: str
    type: str
    required_at: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Violation:
    id: str
    zh: str
    test: str
    auto: bool
    elements: tuple[str, ...]
    hint: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Penalty:
    who: str
    acts: tuple[str, ...]
    penalty: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ProcessRule:
    id: str
    zh: str
    rule: str
    values: Mapping[str, Any]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Reporting:
    rules: dict[str, Rule]
    parties: dict[str, Party]
    starts: dict[str, Start]
    forms: dict[str, str]
    municipality_same: dict[str, str]
    drought_codes: tuple[str, ...]
    elements: dict[str, Element]
    phone_minimum: tuple[str, ...]
    violations: dict[str, Violation]
    penalties: tuple[Penalty, ...]
    process: dict[str, ProcessRule]
    variables: dict[str, Variable]

    def required_at(self, stage: str) -> list[Element]:
        """The elements that a first, continued or final report must contain."""
        return [e for e in self.elements.values() if stage in e.required_at]


@cache
def shipped_reporting() -> Reporting:
    return load_reporting(FILE)


def load_reporting(path: Path) -> Reporting:
    """Read the rules strictly; parties, forms, starts, codes and scales must be resolvable. Raises FactError."""
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.texts("rules", ())
    meta.done()
    vocabulary = read_vocabulary(root)
    root.raw("vocabulary", {})
    starts = _read_starts(root)
    forms_part = root.record("forms")
    forms = {k: forms_part.text(k) for k in forms_part.data}
    parties = {}
    for r in root.records("parties"):
        parties[r.text("id")] = Party(r.text("id"), r.text("zh"), r.one_of("tier", TIERS), r.text("actor", ""))
        r.done()
    same = root.record("municipality_same")
    merged = {k: same.refer(k, parties, "party") for k in same.data}
    for k in merged:
        if k not in parties:
            raise same.error(f"{k} names no party")
    droughts = root.refer_all("drought_codes", shipped_kinds().kinds, "kind of incident")
    rules = {r.text("id"): _read_rule(r, vocabulary, parties, starts, forms) for r in root.records("rules")}
    conditions = [(f"$.rules[{r.id}].applies", r.applies) for r in rules.values()]
    _check_codes(root.file, root, conditions)
    elements = _read_elements(root)
    minimum = root.record("phone_minimum")
    minimum.text("zh"), minimum.provenance
    phone = minimum.texts("items")
    minimum.done()
    reporting = Reporting(
        rules, parties, starts, forms, merged, droughts, elements, phone, _read_violations(root, elements),
        _read_penalties(root), _read_process(root, parties), variables_of(root.file, conditions),
    )  # fmt: skip
    root.done()
    return reporting


def _read_starts(root: Record) -> dict[str, Start]:
    part = root.record("starts")
    starts = {}
    for name in part.data:
        r = part.record(name)
        starts[name] = Start(name, r.text("zh"), r.text("fact"), r.text("else", ""))
        r.done()
    return starts


def _read_rule(
    r: Record, vocabulary: Any, parties: dict[str, Party], starts: dict[str, Start], forms: dict[str, str]
) -> Rule:
    routes = []
    for part in r.records("routes", None):
        to = part.raw("to")
        recipients = () if to == FIRST_RECIPIENTS else part.refer_all("to", parties, "party")
        routes.append(Route(part.refer("from", parties, "party"), recipients))
        part.done()
    limits = _table(r, "limits", forms, 0)
    listed = r.refer_all("forms", forms, "form", ())
    grades = {*GRADES.values()}
    every = r.raw("every_min", None)
    if isinstance(every, Mapping):
        every = _table(r, "every_min", grades, 1)
    elif every is not None:
        every = r.integer("every_min", least=1)
    times = _read_daily(r.record("daily_at")) if r.has("daily_at") else {}
    rule = Rule(
        r.text("id"), r.text("zh"), r.one_of("stage", STAGES), r.condition("applies", vocabulary), tuple(routes),
        r.refer("start", starts, "start"), limits, listed, r.refer("then", forms, "form", ""), r.flag("period", False),
        every, _table(r, "times_per_day", grades, 1) or None, times or None,
        _table(r, "work_days", TIERS, 1) or None, r.text("yearly_on", ""), r.integer("times_per_year", None, least=1),
        r.provenance,
    )  # fmt: skip
    ways = [limits, every, rule.times_per_day, rule.daily_at, rule.work_days, rule.yearly_on, rule.times_per_year]
    if sum(bool(w) for w in ways) != 1:
        raise r.error(
            "needs exactly one of limits, every_min, times_per_day, daily_at, work_days, yearly_on, times_per_year"
        )
    if bool(limits) == bool(listed):
        raise r.error("names its forms in limits, or in forms, not in both")
    if not routes:
        raise r.error("needs a route")
    r.done()
    return rule


def _read_daily(r: Record) -> dict[str, str]:
    times = {tier: r.text(tier) for tier in r.data}
    for tier, at in times.items():
        if tier not in TIERS or not _CLOCK_TIME.match(at):
            raise r.error(f"{tier}: {at} is no time of day of a tier")
    return times


def _table(r: Record, key: str, names: Any, least: int) -> dict[str, int]:
    if not r.has(key):
        return {}
    part = r.record(key)
    for name in part.data:
        if name not in names:
            raise part.error(f"{name!r} is not one of {', '.join(names)}")
    return {name: part.integer(name, least=least) for name in part.data}


def _twins(r: Record, parties: dict[str, Party]) -> dict[str, str]:
    """Which recipient is told beside which."""
    if not r.has("twins"):
        return {}
    part = r.record("twins")
    for name in part.data:
        if name not in parties:
            raise part.error(f"{name!r} names no party")
    return {name: part.refer(name, parties, "party") for name in part.data}


def _check_codes(file: str, root: Record, conditions: list[tuple[str, Condition]]) -> None:
    """Codes and scales that conditions name must exist elsewhere."""
    kinds, scales = shipped_kinds().kinds, shipped_grades().scales
    for path, leaf in each_leaf(conditions):
        if leaf.var in _CODED:
            for code in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
                if code not in kinds or kinds[code].level != _CODED[leaf.var]:
                    raise root.error(f"{path}: {code} is no {_CODED[leaf.var]} of incidents")
        if leaf.var.startswith("scale.") and leaf.var.removeprefix("scale.") not in scales:
            raise root.error(f"{path}: {leaf.var} names no scale")


def _read_elements(root: Record) -> dict[str, Element]:
    part = root.record("elements")
    elements = {}
    for r in part.records("items", "key"):
        stages = r.texts("required_at")
        if set(stages) - set(REPORT_STAGES):
            raise r.error(f"required_at is among {', '.join(REPORT_STAGES)}")
        elements[r.text("key")] = Element(r.text("key"), r.text("zh"), r.text("type"), stages, r.provenance)
        r.done()
    part.done()
    return elements


def _read_violations(root: Record, elements: dict[str, Element]) -> dict[str, Violation]:
    part = root.record("violations")
    found = {}
    for r in part.records("items"):
        found[r.text("id")] = Violation(
            r.text("id"), r.text("zh"), r.text("test"), r.flag("auto"),
            r.refer_all("elements", elements, "element", ()), r.text("hint", ""), r.provenance,
        )  # fmt: skip
        r.done()
    part.done()
    return found


def _read_penalties(root: Record) -> tuple[Penalty, ...]:
    found = []
    for r in root.records("penalties", None):
        found.append(Penalty(r.text("who"), r.texts("act"), r.text("penalty"), r.provenance))
        r.done()
    return tuple(found)


def _read_process(root: Record, parties: dict[str, Party]) -> dict[str, ProcessRule]:
    found = {}
    for r in root.records("process"):
        values = {k: r.raw(k) for k in PROCESS_VALUES if r.has(k)}
        values |= {
            k: v
            for k, v in {"shares_pct": _table(r, "shares_pct", SHARES, 0), "twins": _twins(r, parties)}.items()
            if v
        }
        found[r.text("id")] = ProcessRule(r.text("id"), r.text("zh"), r.text("rule"), values, r.provenance)
        r.done()
    return found
