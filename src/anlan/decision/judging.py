"""Plans made ready for judging once, so that five hundred of them are judged within a moment.

A plan's conditions are taken apart into its distinct leaves and, per level, a small tree over their numbers. A leaf that no fact
bears on costs nothing: what it would leave in a trace is kept ready. The outcome is that of `kernel.conditions`, leaf by leaf.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anlan.kernel.conditions import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    Leaf,
    LeafTrace,
    Not,
    Result,
    Unless,
    Verdict,
    judge_leaf,
    lookup,
    without_upper_bounds,
)

from .data.plan_document import Plan

#: ("leaf", number) | ("any" | "all", nodes) | ("not" | "unless", node) | ("always",)
Node = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Level:
    tree: Node
    order: tuple[int, ...]
    floor_tree: Node | None
    floor_order: tuple[int, ...]


@dataclass(slots=True)
class Ready:
    """A plan ready for judging. `names`: every name under which a fact can bear on it; `bindable`: windowed key → plain variable."""

    plan: Plan
    leaves: tuple[Leaf, ...]
    keys: tuple[str, ...]
    heads: tuple[str, ...]
    missing: tuple[LeafTrace, ...]
    levels: tuple[_Level, ...]
    names: frozenset[str]
    bindable: dict[str, str]

    def speaks(self, facts: Mapping[str, Any]) -> bool:
        """Whether a fact that is known bears on the plan."""
        if not self.names:
            return True
        given = self.names & facts.keys()
        if any(facts[name] is not None and not isinstance(facts[name], Mapping) for name in given):
            return True
        return bool(given) and any(
            lookup(facts, n) is not None
            for n in (*self.keys, *self.bindable.values(), f"city_response.{self.plan.hazard}")
        )

    def judged(self, facts: Mapping[str, Any], memo: dict[int, LeafTrace] | None = None) -> Judged:
        """Every level judged by the facts. `memo` carries leaves judged for other plans by the very same facts. Raises BadFacts."""
        bound = facts
        for key, var in self.bindable.items():
            if key not in facts and var in facts:
                bound = {**bound, key: facts[var]}
        if bound is not facts or memo is None:
            memo = {}
        shares = "area_pct" in facts or any(name.endswith(".area_pct") for name in facts)
        traces = []
        for leaf, key, head, absent in zip(self.leaves, self.keys, self.heads, self.missing, strict=True):
            if key not in bound and (not head or head not in bound) and not (shares and leaf.area_pct is not None):
                traces.append(absent)
                continue
            trace = memo.get(id(leaf))
            if trace is None:
                trace = memo[id(leaf)] = judge_leaf(leaf, bound)
            traces.append(trace)
        return Judged(self, traces, [t.result for t in traces])


@dataclass(slots=True)
class Judged:
    ready: Ready
    traces: list[LeafTrace]
    values: list[Verdict]

    def results(self) -> list[Result]:
        """Per level, highest first; where ranges leave it open, what is reached at least decides."""
        return [self._level(level) for level in self.ready.levels]

    def unknowns(self, index: int) -> dict[str, None]:
        """The facts that would decide an undecided level, in the order of the text."""
        found: dict[str, None] = {}
        self._walk(self.ready.levels[index].tree, found)
        return found

    def _level(self, level: _Level) -> Result:
        value = _value(level.tree, self.values)
        if value is None and level.floor_tree is not None and _value(level.floor_tree, self.values):
            return Result(True, tuple(self.traces[n] for n in level.floor_order))
        return Result(value, tuple(self.traces[n] for n in level.order))

    def _walk(self, node: Node, found: dict[str, None]) -> None:
        if _value(node, self.values) is not None:
            return
        match node[0]:
            case "leaf":
                found.setdefault(self.traces[node[1]].need)
            case "any" | "all":
                for part in node[1]:
                    self._walk(part, found)
            case "not" | "unless":
                self._walk(node[1], found)


def _value(node: Node, values: list[Verdict]) -> Verdict:
    kind = node[0]
    if kind == "leaf":
        return values[node[1]]
    if kind == "any":
        seen: Verdict = False
        for part in node[1]:
            value = _value(part, values)
            if value:
                return True
            if value is None:
                seen = None
        return seen
    if kind == "all":
        seen = True
        for part in node[1]:
            value = _value(part, values)
            if value is False:
                return False
            if value is None:
                seen = None
        return seen
    if kind == "not":
        value = _value(node[1], values)
        return None if value is None else not value
    return _value(node[1], values) is not True if kind == "unless" else True


_KEPT: dict[int, Ready] = {}
#: Equal leaves of different plans are one and the same object, judged once.
_SAME: dict[Leaf, Leaf] = {}
MOST_KEPT = 2000


def ready(plan: Plan) -> Ready:
    """The plan ready for judging; the same plan is made ready once."""
    known = _KEPT.get(id(plan))
    if known is not None and known.plan is plan:
        return known
    made = _make(plan)
    if len(_KEPT) >= MOST_KEPT:
        _KEPT.clear()
        _SAME.clear()
    _KEPT[id(plan)] = made
    return made


def _make(plan: Plan) -> Ready:
    numbers: dict[Leaf, int] = {}

    def read(condition: Condition, order: list[int]) -> Node:
        match condition:
            case Always():
                return ("always",)
            case AnyOf(parts):
                return ("any", tuple(read(p, order) for p in parts))
            case AllOf(parts):
                return ("all", tuple(read(p, order) for p in parts))
            case Not(part):
                return ("not", read(part, order))
            case Unless(part):
                return ("unless", read(part, order))
        leaf = _SAME.setdefault(condition, condition)
        number = numbers.setdefault(leaf, len(numbers))
        order.append(number)
        return ("leaf", number)

    levels = []
    for level in plan.levels:
        order: list[int] = []
        floor_order: list[int] = []
        tree = read(level.triggers, order)
        floor = without_upper_bounds(level.triggers)
        floor_tree = read(floor, floor_order) if floor != level.triggers else None
        levels.append(_Level(tree, tuple(order), floor_tree, tuple(floor_order)))
    leaves = tuple(numbers)
    keys = tuple(leaf.key for leaf in leaves)
    wanted: dict[str, set[str]] = {}
    for leaf, key in zip(leaves, keys, strict=True):
        wanted.setdefault(leaf.var, set()).add(key)
    single = {next(iter(found)): var for var, found in wanted.items() if len(found) == 1}
    heads = tuple(key.partition(".")[0] if "." in key else "" for key in keys)
    above = f"city_response.{plan.hazard}"
    names = {*keys, *(leaf.var for leaf in leaves), *(h for h in heads if h)}
    # a response of the level above bears on every plan of the hazard, whether or not it says so itself
    names |= {above, "city_response"} if names else set()
    return Ready(
        plan, leaves, keys, heads, tuple(judge_leaf(leaf, {}) for leaf in leaves), tuple(levels), frozenset(names),
        {key: var for key, var in single.items() if key != var},
    )  # fmt: skip
