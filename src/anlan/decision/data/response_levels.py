"""Plans: response levels with triggers, approvers and task cards, shipped (`response_levels.yaml`) or not.

A plan is plain data: `parse_plan` reads one from a mapping such as a database holds, `shipped_plan_data` gives the
shipped ones in that same form, so that both kinds are judged alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.kernel.conditions import Condition
from anlan.kernel.facts import Provenance, Record, Variable, load_record, read_vocabulary, variables_of

FILE = Path(__file__).with_name("response_levels.yaml")
LEVELS = {"I": 1, "II": 2, "III": 3, "IV": 4}
RULE_VALUES = (
    "order_elements",
    "escalate_after_min",
    "levels_up",
    "brief_within_h",
    "review_within_days",
    "improvement_within_days",
)
STARTS = ("receive", "proposal", "start", "event")


@dataclass(frozen=True, slots=True)
class Approver:
    role: str
    zh: str


@dataclass(frozen=True, slots=True)
class TaskCard:
    """What a role has to do: within so many minutes of `t0` (receive, proposal, start or event)."""

    id: str
    role: str
    zh: str
    t0: str
    within_min: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ResponseLevel:
    """`number` 1 is the highest."""

    level: str
    number: int
    zh: str
    triggers: Condition
    approve: Approver
    report_every_min: int
    tasks: tuple[TaskCard, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Plan:
    """`levels` are highest first. `hazard` is an id of the shipped hazards or a locality's own."""

    id: str
    hazard: str
    zh: str
    hq: str
    basis: str
    levels: tuple[ResponseLevel, ...]
    downgrade: tuple[str, ...]
    terminate: tuple[str, ...]
    variables: dict[str, Variable]
    provenance: Provenance

    def level(self, level: str) -> ResponseLevel | None:
        return next((lv for lv in self.levels if lv.level == level), None)


@dataclass(frozen=True, slots=True)
class GlobalRule:
    """A rule over all plans; `values` holds its figures (levels_up, escalate_after_min, order_elements …)."""

    id: str
    zh: str
    rule: str
    values: Mapping[str, Any]
    provenance: Provenance


@cache
def shipped_plans() -> tuple[Plan, ...]:
    return tuple(parse_plan(data) for data in shipped_plan_data())


@cache
def shipped_plan_data() -> tuple[dict[str, Any], ...]:
    """The shipped plans as self-contained JSON-able mappings (what an exported plan looks like)."""
    return _load(FILE)[0]


@cache
def global_rules() -> dict[str, GlobalRule]:
    return _load(FILE)[1]


def load_plans(path: Path) -> tuple[Plan, ...]:
    """Read a file of plans strictly. Raises FactError."""
    return tuple(parse_plan(data, path.name) for data in _load(path)[0])


def parse_plan(data: Mapping[str, Any], file: str = "plan") -> Plan:
    """Read one self-contained plan. Raises FactError naming the place of whatever is not machine-readable."""
    r = Record(file, f"$[{data.get('id', '?')}]" if isinstance(data, Mapping) else "$", data)
    vocabulary = read_vocabulary(r)
    r.raw("vocabulary", {})
    levels, conditions = [], []
    for part in r.records("levels", "level"):
        level = part.one_of("level", LEVELS)
        triggers = part.condition("triggers", vocabulary)
        approve = part.record("approve")
        tasks = tuple(_read_task(t) for t in part.records("tasks"))
        levels.append(
            ResponseLevel(
                level,
                LEVELS[level],
                part.text("zh"),
                triggers,
                Approver(approve.text("role"), approve.text("zh")),
                part.integer("report_every_min", least=1),
                tasks,
                part.provenance,
            )
        )
        conditions.append((part.path, triggers))
        approve.done()
        part.done()
    if not levels:
        raise r.error("a plan needs levels")
    levels.sort(key=lambda lv: lv.number)
    plan = Plan(
        r.text("id"), r.text("hazard"), r.text("zh"), r.refer("hq", shipped_kinds().headquarters, "headquarters"),
        r.text("basis"), tuple(levels), r.texts("downgrade"), r.texts("terminate"),
        variables_of(file, conditions), r.provenance,
    )  # fmt: skip
    r.done()
    return plan


def roles_of(plans: Collection[Plan]) -> set[str]:
    """Every role that approves or has a task."""
    levels = [lv for p in plans for lv in p.levels]
    return {lv.approve.role for lv in levels} | {t.role for lv in levels for t in lv.tasks}


def _read_task(r: Record) -> TaskCard:
    card = TaskCard(
        r.text("id"),
        r.text("role"),
        r.text("zh"),
        r.one_of("t0", STARTS),
        r.integer("within_min", least=0),
        r.provenance,
    )
    r.done()
    return card


def _load(path: Path) -> tuple[tuple[dict[str, Any], ...], dict[str, GlobalRule]]:
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated", "basis"):
        meta.text(key)
    meta.done()
    vocabulary = root.raw("vocabulary", {})
    read_vocabulary(root)
    starts = root.record("starts")
    for t0 in starts.data:
        starts.text(t0)
        if t0 not in STARTS:
            raise starts.error(f"unknown start {t0}")
    starts.done()
    rules = {r.text("id"): _read_rule(r) for r in root.records("global_rules")}
    common_part = root.record("common_tasks")
    common = [_check_matrix(t) for t in common_part.records("items")]
    common_part.done()
    plans = tuple(_expand(r, common, vocabulary) for r in root.records("hazards"))
    root.done()
    return plans, rules


def _read_rule(r: Record) -> GlobalRule:
    values = {k: r.raw(k) for k in RULE_VALUES if r.has(k)}
    rule = GlobalRule(r.text("id"), r.text("zh"), r.text("rule"), values, r.provenance)
    r.done()
    return rule


def _check_matrix(r: Record) -> Record:
    """A task given once, with minutes (and where they differ roles) per level."""
    r.text("id"), r.text("zh"), r.one_of("t0", STARTS)
    within = r.record("within_min")
    for level in within.data:
        within.integer(level, least=0)
        if level not in LEVELS:
            raise within.error(f"unknown level {level}")
    within.done()
    if isinstance(r.raw("role"), Mapping):
        roles = r.record("role")
        for level in within.data:
            roles.text(level)
        roles.done()
    else:
        r.text("role")
    _ = r.provenance
    r.done()
    return r


def _expand(r: Record, common: list[Record], vocabulary: Any) -> dict[str, Any]:
    """One hazard of the file as a self-contained plan."""
    matrix = [*common, *(_check_matrix(t) for t in r.records("tasks"))]
    ids = [t.text("id") for t in matrix]
    if len(set(ids)) != len(ids):
        raise r.error("a task has the id of a common task", "tasks")
    plan = {k: v for k, v in r.data.items() if k not in ("levels", "tasks")}
    plan["hazard"] = r.text("id")
    plan["vocabulary"] = vocabulary
    plan["levels"] = []
    for part in r.records("levels", "level"):
        level = part.one_of("level", LEVELS)
        tasks = [_at_level(t, level) for t in matrix if level in t.data["within_min"]]
        plan["levels"].append({**part.data, "tasks": tasks})
    return plan


def _at_level(task: Record, level: str) -> dict[str, Any]:
    role = task.data["role"]
    return {
        "id": task.data["id"],
        "zh": task.data["zh"],
        "role": role[level] if isinstance(role, Mapping) else role,
        "t0": task.data["t0"],
        "within_min": task.data["within_min"][level],
        "source": task.source,
        "confidence": task.confidence,
    }
