"""The shipped plans (`response_levels.yaml`): response levels with triggers, approvers and task cards, and the rules over all.

The file is written compactly (a task once, with its minutes per level); `shipped_plan_data` gives each plan in the exported form
of `plan_document`, so that shipped plans and a locality's own are judged alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.facts import Provenance, Record, load_record, read_vocabulary

from .plan_document import (
    LEVELS,
    PLACES,
    STARTS,
    Approver,
    Plan,
    ResponseLevel,
    TaskCard,
    parse_plan,
    roles_of,
)

FILE = Path(__file__).with_name("response_levels.yaml")
RULE_VALUES = (
    "order_elements",
    "escalate_after_min",
    "levels_up",
    "brief_within_h",
    "review_within_days",
    "improvement_within_days",
)


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
    notify = root.record("common_notify")
    lines = [_with_provenance(line) for line in notify.records("items")]
    notify.done()
    plans = tuple(_expand(r, common, vocabulary, lines) for r in root.records("hazards"))
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
    r.texts("needs", ()), r.integer("takes_min", None, least=0), r.one_of("place", PLACES, ""), r.flag("renew", False)
    r.texts("steps", ())
    _ = r.provenance
    r.done()
    return r


def _with_provenance(r: Record) -> dict[str, Any]:
    return {**r.data, "source": r.source, "confidence": r.confidence}


def _expand(r: Record, common: list[Record], vocabulary: Any, notify: list[dict[str, Any]]) -> dict[str, Any]:
    """One hazard of the file as a self-contained plan."""
    matrix = [*common, *(_check_matrix(t) for t in r.records("tasks"))]
    ids = [t.text("id") for t in matrix]
    if len(set(ids)) != len(ids):
        raise r.error("a task has the id of a common task", "tasks")
    plan = {k: v for k, v in r.data.items() if k not in ("levels", "tasks")}
    plan["hazard"] = r.text("id")
    plan["vocabulary"] = vocabulary
    plan["notify"] = notify
    plan["levels"] = []
    for part in r.records("levels", "level"):
        level = part.one_of("level", LEVELS)
        given = {t.data["id"] for t in matrix if level in t.data["within_min"]}
        tasks = [_at_level(t, level, given) for t in matrix if t.data["id"] in given]
        plan["levels"].append({**part.data, "tasks": tasks})
    return plan


def _at_level(task: Record, level: str, given: set[str]) -> dict[str, Any]:
    """The card at one level; it waits only for cards that the level has too."""
    role = task.data["role"]
    card = {
        "id": task.data["id"], "zh": task.data["zh"], "role": role[level] if isinstance(role, Mapping) else role,
        "t0": task.data["t0"], "within_min": task.data["within_min"][level],
        "source": task.source, "confidence": task.confidence,
    }  # fmt: skip
    if needs := [name for name in task.data.get("needs", ()) if name in given]:
        card["needs"] = needs
    return card | {key: task.data[key] for key in ("takes_min", "place", "renew", "steps") if key in task.data}


__all__ = [
    "LEVELS", "STARTS", "Approver", "GlobalRule", "Plan", "ResponseLevel", "TaskCard", "global_rules", "load_plans", "parse_plan",
    "roles_of", "shipped_plan_data", "shipped_plans",
]  # fmt: skip
