"""Triggers: variables that nobody can know, levels that can never be proposed, a lower level stricter than a higher one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from anlan.analysis.data.warning_signals import shipped_signals
from anlan.kernel.conditions import Leaf, leaves, written

from ..data.plan_document import Plan, ResponseLevel
from ..data.response_levels import shipped_plans
from ..data.variables import words
from ..plan_files import Finding
from ..wording import condition_text
from .implying import Alternative, alternatives, contradicts, follows


@cache
def known_variables() -> frozenset[str]:
    """Every variable that facts can name: those of the shipped plans, official signals, responses of the level above."""
    names = set(words().names) | {v.split("@")[0] for p in shipped_plans() for v in p.variables}
    names |= {f"signal.{kind}" for kind in shipped_signals().signals}
    return frozenset(names | {f"city_response.{p.hazard}" for p in shipped_plans()})


def check_triggers(plan: Plan, at: str) -> Iterator[Finding]:
    yield from _unknown_variables(plan, at)
    ways = {lv.number: alternatives(lv.triggers) for lv in plan.levels}
    for level in plan.levels:
        yield from _impossible(level, ways[level.number], at)
        yield from _doubled(level, ways[level.number], at)
    yield from _stricter(plan, ways, at)


def _unknown_variables(plan: Plan, at: str) -> Iterator[Finding]:
    known = known_variables() | set(plan.own_variables) | {f"city_response.{plan.hazard}"}
    seen: dict[str, list[str]] = {}
    for level in plan.levels:
        for leaf in leaves(level.triggers):
            if leaf.var not in known and leaf.key not in known:
                seen.setdefault(leaf.var, []).append(level.level)
    for var, where in seen.items():
        yield Finding(
            "unknown_variable", f"{at}.levels[{where[0]}].triggers", f"变量“{var}”平台不认识，{'、'.join(where)}级的这个条件永远判不出来",
            "核对拼写；确是本地自有的变量时在 variables 里声明 {var, zh, unit}",
        )  # fmt: skip


def _impossible(level: ResponseLevel, ways: list[Alternative], at: str) -> Iterator[Finding]:
    dead = [(way, pair) for way in ways if (pair := contradicts(way))]
    for _way, (a, b) in dead:
        whole = len(dead) == len(ways)
        yield Finding(
            "unreachable_level" if whole else "contradiction", f"{at}.levels[{level.level}].triggers",
            f"“{_said(a)}”和“{_said(b)}”不可能同时成立" + (f"，{level.level}级永远不会被建议" if whole else ""),
            "改正其中一个数值，或拆成两个条件",
        )  # fmt: skip


def _doubled(level: ResponseLevel, ways: list[Alternative], at: str) -> Iterator[Finding]:
    for i, way in enumerate(ways):
        if way in ways[:i]:
            yield Finding(
                "duplicate", f"{at}.levels[{level.level}].triggers", f"{level.level}级的条件“{_way(way)}”写了两次", "删去一个",
                "warning",
            )  # fmt: skip


def _stricter(plan: Plan, ways: dict[int, list[Alternative]], at: str) -> Iterator[Finding]:
    for level in plan.levels:
        higher = [other for other in plan.levels if other.number < level.number]
        covered = []
        for way in ways[level.number]:
            found = next(
                ((other, one) for other in higher for one in ways[other.number] if not contradicts(one) and follows(way, one)),
                None,
            )  # fmt: skip
            if found is None:
                continue
            covered.append(way)
            other, one = found
            same = follows(one, way)
            yield Finding(
                "same_as_higher" if same else "stricter_than_higher", f"{at}.levels[{level.level}].triggers",
                f"{level.level}级的条件“{_way(way)}”与{other.level}级的条件“{_way(one)}”一样" if same else
                f"{level.level}级的条件“{_way(way)}”比{other.level}级的“{_way(one)}”还严，达到时已是{other.level}级",
                f"{level.level}级应比{other.level}级宽，请核对两级的数值", "warning" if same else "error",
            )  # fmt: skip
        if covered and len(covered) == len(ways[level.number]):
            yield Finding(
                "unreachable_level", f"{at}.levels[{level.level}]", f"{level.level}级永远不会被建议：它的每个条件达到时都已是更高级别",
                "核对各级数值是否填反",
            )  # fmt: skip


def _said(leaf: Leaf) -> str:
    return condition_text(written(leaf))


def _way(way: Alternative) -> str:
    return " 且 ".join(_said(part) if isinstance(part, Leaf) else "其他条件" for part in way)
