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
    """`single` and `ways`: the leaves as bits where the tree is nothing but alternatives, each a leaf or leaves that hold together
    (`ways` None: it is more, and the tree is walked)."""

    tree: Node
    order: tuple[int, ...]
    floor_tree: Node | None
    floor_order: tuple[int, ...]
    single: int
    ways: tuple[int, ...] | None
    floor_single: int = 0
    floor_ways: tuple[int, ...] | None = None


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
    by_name: dict[str, tuple[int, ...]]
    of_area: tuple[int, ...]

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
        numbers: set[int] = set()
        for name in bound:
            if name in self.by_name:
                numbers.update(self.by_name[name])
        if self.of_area and ("area_pct" in facts or any(name.endswith(".area_pct") for name in facts)):
            numbers.update(self.of_area)
        traces, met, refuted, known = list(self.missing), 0, 0, False
        leaves = self.leaves
        for number in numbers:
            leaf = leaves[number]
            trace = memo.get(id(leaf))
            if trace is None:
                trace = memo[id(leaf)] = judge_leaf(leaf, bound)
            traces[number] = trace
            if trace.result is None:
                known = known or trace.figure.kind != "unknown"
                continue
            known = True
            if trace.result:
                met |= 1 << number
            else:
                refuted |= 1 << number
        return Judged(self, traces, met, refuted, known)


@dataclass(slots=True)
class Judged:
    """`met` and `refuted`: the leaves known to hold, and known not to, as bits; `known`: a figure bears on any leaf at all."""

    ready: Ready
    traces: list[LeafTrace]
    met: int
    refuted: int
    known: bool

    def values(self) -> list[Verdict]:
        """Per level, highest first; where ranges leave it open, what is reached at least decides."""
        return [self._verdict(level)[0] for level in self.ready.levels]

    def results(self) -> list[Result]:
        """The same with the traces that show it."""
        return [self._level(level) for level in self.ready.levels]

    def unknowns(self, index: int) -> dict[str, None]:
        """The facts that would decide an undecided level, in the order of the text."""
        found: dict[str, None] = {}
        level = self.ready.levels[index]
        if level.ways is None:
            self._walk(level.tree, found)
        elif not self.met & level.single:
            wanted = level.single
            for way in level.ways:
                if not way & ~self.met:
                    return found
                wanted |= way if not way & self.refuted else 0
            wanted &= ~(self.met | self.refuted)
            for number in level.order:
                if wanted >> number & 1:
                    found.setdefault(self.traces[number].need)
        return found

    def needs(self, index: int) -> list[str]:
        """What would decide each undecided condition of a level, in the order of the text."""
        decided = self.met | self.refuted
        return [self.traces[n].need for n in self.ready.levels[index].order if not decided >> n & 1]

    def _level(self, level: _Level) -> Result:
        value, order = self._verdict(level)
        return Result(value, tuple([self.traces[n] for n in order]))

    def _verdict(self, level: _Level) -> tuple[Verdict, tuple[int, ...]]:
        """Whether the level is reached, and the leaves that show it."""
        value = self._judge(level.tree, level.single, level.ways)
        floor = level.floor_tree
        if value is None and floor is not None and self._judge(floor, level.floor_single, level.floor_ways):
            return True, level.floor_order
        return value, level.order

    def _judge(self, tree: Node, single: int, ways: tuple[int, ...] | None) -> Verdict:
        if ways is None:
            return _value(tree, self._known_values())
        met, refuted = self.met, self.refuted
        if met & single:
            return True
        seen: Verdict = None if single & ~refuted else False
        for way in ways:
            if not way & ~met:
                return True
            if not way & refuted:
                seen = None
        return seen

    def _known_values(self) -> list[Verdict]:
        return [trace.result for trace in self.traces]

    def _walk(self, node: Node, found: dict[str, None]) -> None:
        if _value(node, self._known_values()) is not None:
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
        levels.append(_Level(tree, tuple(order), floor_tree, tuple(floor_order), *_bits(tree), *_bits(floor_tree)))
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
    by_name: dict[str, list[int]] = {}
    for number, (key, head) in enumerate(zip(keys, heads, strict=True)):
        for name in {key, head} - {""}:
            by_name.setdefault(name, []).append(number)
    return Ready(
        plan, leaves, keys, heads, tuple(judge_leaf(leaf, {}) for leaf in leaves), tuple(levels), frozenset(names),
        {key: var for key, var in single.items() if key != var}, {name: tuple(found) for name, found in by_name.items()},
        tuple(n for n, leaf in enumerate(leaves) if leaf.area_pct is not None),
    )  # fmt: skip


def _bits(tree: Node | None) -> tuple[int, tuple[int, ...] | None]:
    """The alternatives of a tree as bits of their leaves: single leaves together, the others each for itself; (0, None) when it is more."""
    if tree is None:
        return 0, None
    single, ways = 0, []
    for part in tree[1] if tree[0] == "any" else (tree,):
        if part[0] == "leaf":
            single |= 1 << part[1]
        elif part[0] == "all" and all(one[0] == "leaf" for one in part[1]):
            way = 0
            for one in part[1]:
                way |= 1 << one[1]
            ways.append(way)
        else:
            return 0, None
    return single, tuple(ways)
