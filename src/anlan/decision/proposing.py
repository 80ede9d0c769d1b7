"""Proposing response levels: the plans judged by the facts, with the trace of every condition. A person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anlan.kernel.conditions import BadFacts, Leaf, LeafTrace, Problem, Result, any_of, judge_leaf, lookup, verdict_text
from anlan.kernel.facts import CONFIDENCES

from .data.response_levels import Plan, ResponseLevel, global_rules, shipped_plans
from .data.variables import words
from .judging import Judged, ready

#: With more plans than that in an answer, `considered` gives results without the trace of every level.
MOST_TRACED = 30
#: Responses of the level above, from none to the highest.
ABOVE = ("none", "IV", "III", "II", "I")
CONTEXT_KEYS = frozenset({"hazard", "area_pct", "sensitive"})
_ROMAN = ("I", "II", "III", "IV")


@dataclass(slots=True)
class PlanJudged:
    """One plan judged: `proposed` is its highest level proven true; `values` say of each level, highest first, whether it is reached;
    `touched`: any fact speaks to this plan at all."""

    plan: Plan
    proposed: ResponseLevel | None
    values: list[bool | None]
    unknown: tuple[str, ...]
    touched: bool
    judged: Judged
    pulled: tuple[LeafTrace, ...]
    _results: tuple[tuple[ResponseLevel, Result], ...] | None = None

    @property
    def results(self) -> tuple[tuple[ResponseLevel, Result], ...]:
        """Each level with the traces that show its verdict; put together when first asked for."""
        if self._results is None:
            found = self.judged.results()
            if self.pulled:
                found = [
                    Result(value, (*result.trace, trace))
                    for value, result, trace in zip(self.values, found, self.pulled, strict=True)
                ]
            self._results = tuple(zip(self.plan.levels, found, strict=True))
        return self._results

    def result_of(self, level: ResponseLevel) -> Result:
        return next(result for lv, result in self.results if lv is level)


def propose(facts: Mapping[str, Any], hazard: str | None = None, plans: Sequence[Plan] | None = None) -> dict[str, Any]:
    """Which plans propose which level by these facts.

    `facts`: the triggers' variables (see `kernel.figures` for their forms); ``area_pct`` is the share of the area that
    reached the figure, given for one variable (``{"value": 120, "area_pct": 40}``, ``"rain_24h_mm.area_pct"``), for all
    (``"area_pct"``), or exactly as a profile; ``sensitive`` may add the option of one level more. `hazard` restricts to
    one hazard; `plans` default to the shipped ones.

    Returns ``{"proposals": [{"plan", "hazard", "level", "level_number", "approve_role", "trace", …}], "unknown": [],
    "considered": [], "ignored": []}``: proposals highest level first; ``unknown`` the variables that could still raise
    a level (``to_know`` the same with form, unit and the level that each could prove); ``considered`` each plan
    that the facts speak to, with all its levels' traces. Raises BadFacts.
    """
    if plans is None:
        plans = shipped_plans()
    if hazard is not None and hazard not in {p.hazard for p in plans}:
        wanted = "、".join(sorted({p.hazard for p in plans}))
        raise BadFacts([Problem("hazard", "unknown_hazard", f"没有“{hazard}”这个灾种；可用的有 {wanted}")])
    chosen = [p for p in plans if hazard is None or p.hazard == hazard]
    memo: dict[int, LeafTrace] = {}
    judged = [judge_plan(p, facts, memo) for p in chosen if hazard is not None or ready(p).speaks(facts)]
    speaking = [j for j in judged if j.touched or hazard is not None]
    proposing = sorted((j for j in judged if j.proposed), key=_rank)
    told: dict[int, dict[str, Any]] = {}
    return {
        "proposals": [{"rank": n, **_proposal(j, facts, told)} for n, j in enumerate(proposing, start=1)],
        "together": _together(proposing),
        "unknown": sorted({name for j in speaking for name in j.unknown}),
        "to_know": _to_know(speaking),
        "considered": [_considered(j, traced=len(speaking) <= MOST_TRACED) for j in speaking],
        "ignored": _ignored(facts, chosen),
    }


def propose_door(given: Any, plans: Sequence[Plan] | None = None) -> dict[str, Any]:
    """`bin/anlan plan propose --facts`: JSON in, JSON out, as `propose` and ``"problems": [{"where", "what", "mend", "code"}]``.

    A figure that cannot be used counts as unknown and is told under ``problems``; the rest is judged. Raises BadFacts when nothing
    can be judged.
    """
    if not isinstance(given, Mapping):
        raise BadFacts(
            [Problem("", "not_a_mapping", '事实应是一个 JSON 对象，例如 {"hazard": "flood", "rain_1h_mm": 55}')]
        )
    hazard = given.get("hazard")
    if hazard is not None and not isinstance(hazard, str):
        raise BadFacts([Problem("hazard", "not_a_text", f"hazard 应为灾种代码，收到的是 {hazard!r}")])
    facts, problems = dict(given), list[Problem]()
    while True:
        try:
            return {**propose(facts, hazard, plans), "problems": [_told(p) for p in problems]}
        except BadFacts as wrong:
            if any(p.var == "hazard" for p in wrong.problems) or not any(
                [_forget(facts, p.var) for p in wrong.problems]
            ):
                raise
            problems += wrong.problems


def _told(problem: Problem) -> dict[str, str]:
    what, _semicolon, mend = problem.message.partition("；")
    return {"where": problem.var, "what": what, "mend": mend or "请改正；不知道时填 null", "code": problem.code}


def judge_plan(plan: Plan, facts: Mapping[str, Any], memo: dict[int, LeafTrace] | None = None) -> PlanJudged:
    """Judge every level of one plan, highest first. `memo`: leaves already judged by the very same facts. Raises BadFacts."""
    judged = ready(plan).judged(facts, memo)
    values, pulled = judged.values(), _pulled(plan, facts)
    if pulled:
        values = [any_of((value, trace.result)) for value, trace in zip(values, pulled, strict=True)]
    proposed = next((lv for lv, value in zip(plan.levels, values, strict=True) if value), None)
    unknown: dict[str, None] = {}
    for index, level in enumerate(plan.levels):
        if proposed is None or level.number < proposed.number:
            unknown |= judged.unknowns(index)
    touched = judged.known or any(t.figure.kind != "unknown" for t in pulled)
    return PlanJudged(plan, proposed, values, tuple(unknown), touched, judged, pulled)


def _pulled(plan: Plan, facts: Mapping[str, Any]) -> tuple[LeafTrace, ...]:
    """A response of the level above for the same hazard pulls ours (global rule `upper`): where the plan does not say so itself, the
    known level above stands beside the conditions of each level as one more alternative."""
    variable = f"city_response.{plan.hazard}"
    if variable in plan.variables or lookup(facts, variable) is None:
        return ()
    return tuple(
        judge_leaf(
            Leaf(variable, ">=", value=level.level, order=ABOVE, texts=ABOVE, note=global_rules()["upper"].rule), facts
        )
        for level in plan.levels
    )


def without_bad_facts(plan: Plan, facts: dict[str, Any]) -> tuple[PlanJudged, list[Problem]]:
    """The plan judged with what is wrong taken out of `facts` (those figures are unknown), and what was wrong with each."""
    problems: list[Problem] = []
    while True:
        try:
            return judge_plan(plan, facts), problems
        except BadFacts as wrong:
            problems += wrong.problems
            if not any([_forget(facts, p.var) for p in wrong.problems]):
                raise


def _forget(facts: dict[str, Any], var: str) -> bool:
    """Make the fact that a problem names unknown, wherever it was given. False when there is none."""
    base = var.removesuffix(".area_pct").removesuffix(".share_pct")
    for name in (var, base, base.partition("@")[0], *([] if base == var else ["area_pct"])):
        if facts.get(name) is not None:
            facts[name] = None
            return True
    head, dot, rest = base.partition(".")
    if dot and isinstance(facts.get(head), Mapping) and facts[head].get(rest) is not None:
        facts[head] = {**facts[head], rest: None}
        return True
    return False


def _rank(judged: PlanJudged) -> tuple[Any, ...]:
    """Highest level first; then what rests on firmer ground, and on more conditions; then by id, so that the order is always the same."""
    level = judged.proposed
    assert level is not None
    met = sum(1 for t in judged.result_of(level).trace if t.result)
    return (level.number, CONFIDENCES.index(level.provenance.confidence), -met, judged.plan.id)


def _together(proposing: Sequence[PlanJudged]) -> dict[str, Any] | None:
    return together([(j.plan, j.proposed) for j in proposing if j.proposed is not None])


def together(levels: Sequence[tuple[Plan, ResponseLevel]]) -> dict[str, Any] | None:
    """Several responses at once: the highest level rules, the cards are merged and none is doubled (the shortest time holds).

    ``{"level", "level_number", "plans", "tasks": [{"id", "role", "zh", "t0", "within_min", "plans"}], "doubled", "clause", …}``; None for
    fewer than two.
    """
    if len(levels) < 2:
        return None
    merged: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    count = 0
    for plan, level in levels:
        for card in level.tasks:
            count += 1
            key = (card.id, card.role, card.t0, card.zh)
            entry = merged.get(key)
            if entry is None:
                entry = merged[key] = {
                    "id": card.id, "role": card.role, "zh": card.zh, "t0": card.t0, "within_min": card.within_min, "plans": [plan.id],
                }  # fmt: skip
                continue
            if card.within_min < entry["within_min"]:
                entry["within_min"] = card.within_min
            entry["plans"].append(plan.id)
    highest = min(levels, key=lambda one: one[1].number)[1]
    rule = global_rules()["parallel"]
    return {
        "level": highest.level, "level_number": highest.number, "approve_role": highest.approve.role,
        "plans": [plan.id for plan, _level in levels], "tasks": list(merged.values()), "doubled": count - len(merged), "rule": rule.rule,
        **rule.provenance.as_dict(),
    }  # fmt: skip


def _proposal(judged: PlanJudged, facts: Mapping[str, Any], told: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """`told`: traces as they are told, each put together once for all plans that share it."""
    level, plan = judged.proposed, judged.plan
    assert level is not None
    trace = []
    for leaf in judged.result_of(level).trace:
        shown = told.get(id(leaf))
        if shown is None:
            shown = told[id(leaf)] = leaf.as_dict()
        trace.append(shown)
    return {
        "plan": plan.id,
        "plan_zh": plan.zh,
        "hazard": plan.hazard,
        "hq": plan.hq,
        "level": level.level,
        "level_number": level.number,
        "level_zh": level.zh,
        "approve_role": level.approve.role,
        "approve_zh": level.approve.zh,
        "report_every_min": level.report_every_min,
        "tasks": len(level.tasks),
        **level.provenance.as_dict(),
        "because": [t for t in trace if t["result"] == "true"],
        "trace": trace,
        "unknown": list(judged.unknown),
        "may_raise": _may_raise(judged, facts),
    }


def _may_raise(judged: PlanJudged, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """A sensitive time, place or group may be answered one level higher; whoever does so states the reason."""
    rule = global_rules()["sensitive"]
    level = judged.proposed
    sensitive = facts.get("sensitive")
    if sensitive is not None and not isinstance(sensitive, bool):
        raise BadFacts([Problem("sensitive", "not_a_flag", f"sensitive 应为 true 或 false，收到的是 {sensitive!r}")])
    if not sensitive or level is None or level.number == 1:
        return None
    target = _ROMAN[max(0, level.number - 1 - int(rule.values["levels_up"]))]
    higher = judged.plan.level(target)
    if higher is None:
        return None
    return {"level": target, "approve_role": higher.approve.role, "reason": rule.rule, **rule.provenance.as_dict()}


def _to_know(speaking: Sequence[PlanJudged]) -> list[dict[str, Any]]:
    """What would make an unknown known: each figure with its form and the highest level that it could prove, highest first."""
    found: dict[str, tuple[ResponseLevel, Plan]] = {}
    for judged in speaking:
        wanted = set(judged.unknown)
        for index, level in enumerate(judged.plan.levels):
            if not wanted:
                break
            for name in wanted.intersection(judged.judged.needs(index)):
                wanted.discard(name)
                before = found.get(name)
                if before is None or level.number < before[0].number:
                    found[name] = (level, judged.plan)
    asked = [_asked(name, level, plan) for name, (level, plan) in found.items()]
    return sorted(asked, key=lambda e: (_number(e["level"]), e["var"]))


def _asked(name: str, level: ResponseLevel, plan: Plan) -> dict[str, Any]:
    base = name.removesuffix(".area_pct")
    variable = plan.variables.get(base)
    return {
        "var": name, "zh": f"{words().name(base)}{'的面积占比' if base != name else ''}", "level": level.level, "plan": plan.id,
        "unit": "%" if base != name else variable.unit if variable else None, "kind": variable.kind if variable else "number",
        "texts": list(variable.texts) if variable else [],
    }  # fmt: skip


def _number(level: str) -> int:
    return _ROMAN.index(level) + 1


def _considered(judged: PlanJudged, *, traced: bool) -> dict[str, Any]:
    return {
        "plan": judged.plan.id,
        "hazard": judged.plan.hazard,
        "level": judged.proposed.level if judged.proposed else None,
        "unknown": list(judged.unknown),
        "levels": [
            {
                "level": lv.level,
                "result": verdict_text(value),
                **({"trace": [t.as_dict() for t in judged.result_of(lv).trace]} if traced else {}),
            }
            for lv, value in zip(judged.plan.levels, judged.values, strict=True)
        ],
    }


def _ignored(facts: Mapping[str, Any], plans: Iterable[Plan]) -> list[str]:
    """Facts that no plan asks for: a misspelt variable must not pass unseen."""
    known = frozenset().union(*(ready(p).names for p in plans))
    heads = {v.partition(".")[0] for v in known}
    names = known | {f"{v}.area_pct" for v in known} | CONTEXT_KEYS
    strange = [k for k in facts if k not in names and not (k in heads and isinstance(lookup(facts, k), Mapping))]
    return sorted(strange)
