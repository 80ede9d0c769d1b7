"""Conditions judged by facts: three-valued, with a trace for every leaf and what would decide or raise the outcome.

The grammar is in `grammar`, the forms that a fact may take in `figures`; both are re-exported here, so that a room
imports one module. An unknown figure leaves its leaf unknown: `any` is true as soon as one part is, else unknown if one
part is; `all` is false as soon as one part is, else unknown if one part is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from .figures import SHARE_TOLERANCE, UNKNOWN, BadFacts, Figure, Problem, bad_fact, read_figure, read_number
from .grammar import (
    OPEN,
    OPS,
    AllOf,
    Always,
    AnyOf,
    Condition,
    ConditionError,
    Leaf,
    Not,
    Unless,
    Vocabulary,
    guarded,
    leaves,
    parse,
    relaxed,
    without_upper_bounds,
    written,
)  # fmt: skip

MOST_WAYS = 64

Verdict = bool | None


@dataclass(frozen=True, slots=True)
class LeafTrace:
    """How one leaf was judged. `why` is set when it is unknown, `need` names the fact that would decide it."""

    leaf: Leaf
    figure: Figure
    result: Verdict
    share_pct: float | None = None
    why: str = ""
    need: str = ""

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "var": self.leaf.key,
            "op": self.leaf.op,
            "threshold": self.leaf.threshold,
            "fact": self.figure.shown(),
            "result": verdict_text(self.result),
        }
        if self.leaf.unit:
            out["unit"] = self.leaf.unit
        if self.leaf.area_pct is not None:
            out["area_pct"] = self.leaf.area_pct
            out["share_pct"] = None if self.share_pct is None else round(self.share_pct, 2)
        if self.leaf.over is not None:
            out |= {"over": self.leaf.over, "over_unit": self.leaf.over_unit}
        if self.leaf.note:
            out["note"] = self.leaf.note
        if self.result is None:
            out |= {"why": self.why, "need": self.need}
        return out


@dataclass(frozen=True, slots=True)
class Result:
    value: Verdict
    trace: tuple[LeafTrace, ...]

    @property
    def text(self) -> str:
        return verdict_text(self.value)


def verdict_text(value: Verdict) -> str:
    return "unknown" if value is None else "true" if value else "false"


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    seen = list(verdicts)
    return False if False in seen else None if None in seen else True


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    seen = list(verdicts)
    return True if True in seen else None if None in seen else False


def evaluate(condition: Condition, facts: Mapping[str, Any]) -> Result:
    """Judge a condition by the facts (variable → figure, see `figures`). Every leaf leaves a trace, decided or not.

    Raises BadFacts for a fact of the wrong kind or unit, or a text that the vocabulary does not know.
    """
    trace: list[LeafTrace] = []
    value = _judge(condition, facts, trace)
    return Result(value, tuple(trace))


def _judge(condition: Condition, facts: Mapping[str, Any], trace: list[LeafTrace]) -> Verdict:
    match condition:
        case Always():
            return True
        case AnyOf(parts):
            return any_of([_judge(p, facts, trace) for p in parts])
        case AllOf(parts):
            return all_of([_judge(p, facts, trace) for p in parts])
        case Not(part):
            value = _judge(part, facts, trace)
            return None if value is None else not value
        case Unless(part):
            return _judge(part, facts, trace) is not True
    judged = judge_leaf(condition, facts)
    trace.append(judged)
    return judged.result


def lookup(facts: Mapping[str, Any], key: str) -> Any:
    """A fact by its full name, or by walking nested mappings along the dots; None when absent."""
    if key in facts:
        return facts[key]
    head, dot, rest = key.partition(".")
    inner = facts.get(head) if dot else None
    return lookup(inner, rest) if isinstance(inner, Mapping) else None


def judge_leaf(leaf: Leaf, facts: Mapping[str, Any]) -> LeafTrace:
    figure = read_figure(leaf.key, lookup(facts, leaf.key))
    if figure.kind == "each":
        figure = figure.counted(leaf.over)
    _check(leaf, figure)
    if figure.kind == "profile":
        return _judge_profile(leaf, figure)
    result = _compare(leaf, figure)
    why = "" if result is not None else "missing" if figure.kind == "unknown" else "incomplete"
    if leaf.area_pct is None:
        return LeafTrace(leaf, figure, result, why=why, need=leaf.key if why else "")
    share = figure.area_pct if figure.area_pct is not None else _given_share(leaf, facts)
    wide_enough: Verdict = None if share is None else share + SHARE_TOLERANCE >= leaf.area_pct
    both = all_of([result, wide_enough])
    if both is None and result is not None:
        why, need = "area_missing", f"{leaf.key}.area_pct"
    else:
        need = leaf.key
    return LeafTrace(leaf, figure, both, share, why if both is None else "", need if both is None else "")


def _given_share(leaf: Leaf, facts: Mapping[str, Any]) -> float | None:
    """The share of the area as a fact of its own, for this variable or for all of them."""
    for name in (f"{leaf.key}.area_pct", "area_pct"):
        raw = facts.get(name)
        if raw is not None:
            share = read_number(name, raw)
            if not 0 <= share <= 100:
                raise bad_fact(name, "not_a_share", f"“{name}”是百分数，应在 0 到 100 之间，收到的是 {raw!r}")
            return share
    return None


def _judge_profile(leaf: Leaf, figure: Figure) -> LeafTrace:
    judged = [(_compare(leaf, part), share) for part, share in figure.parts]
    reached = sum(share for result, share in judged if result)
    open_share = sum(share for result, share in judged if result is None)
    open_share += max(0.0, 100.0 - sum(share for _, share in judged))
    if leaf.area_pct is None:
        result = any_of([r for r, _ in judged])
        result = None if result is False and open_share > 0.01 else result
    elif reached + SHARE_TOLERANCE >= leaf.area_pct:
        result = True
    else:
        result = None if reached + open_share + SHARE_TOLERANCE >= leaf.area_pct else False
    why = "incomplete" if result is None else ""
    return LeafTrace(leaf, figure, result, reached, why, leaf.key if why else "")


def _check(leaf: Leaf, figure: Figure) -> None:
    key = leaf.key
    if figure.unit is not None and figure.unit != leaf.unit:
        raise bad_fact(
            key, "wrong_unit", f"“{key}”的单位应为 {leaf.unit or '（无单位）'}，收到的是 {figure.unit}；请换算后再报"
        )
    if figure.kind == "unknown":
        return
    kind = "number" if figure.kind == "profile" else figure.kind
    if kind != leaf.kind:
        wanted = {"number": "数字", "flag": "true 或 false", "text": f"{'、'.join(leaf.texts)} 之一"}[leaf.kind]
        raise bad_fact(
            key, f"not_a_{leaf.kind}", f"“{key}”应为{wanted}，收到的是 {figure.shown()!r}；不知道时请填 null"
        )
    if kind == "text" and figure.text not in leaf.texts and OPEN not in leaf.texts:
        raise bad_fact(key, "unknown_text", f"“{key}”应为{'、'.join(leaf.texts)} 之一，收到的是“{figure.text}”")
    if leaf.non_negative and any(f.high < 0 for f in (figure, *(p for p, _ in figure.parts))):
        raise bad_fact(key, "negative", f"“{key}”不能是负数，收到的是 {figure.shown()!r}")


def _compare(leaf: Leaf, figure: Figure) -> Verdict:
    match figure.kind:
        case "unknown":
            return None
        case "flag":
            return figure.flag is (leaf.op == "is_true")
        case "text":
            return _compare_text(leaf, figure.text)
    low, high = figure.low, figure.high
    match leaf.op:
        case "range":
            return all_of([_bounds(low >= leaf.low, high < leaf.low), _bounds(high < leaf.high, low >= leaf.high)])
        case ">=":
            return _bounds(low >= leaf.value, high < leaf.value)
        case ">":
            return _bounds(low > leaf.value, high <= leaf.value)
        case "<=":
            return _bounds(high <= leaf.value, low > leaf.value)
        case "<":
            return _bounds(high < leaf.value, low >= leaf.value)
    listed = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    same = any_of([_bounds(low == high == v, not low <= v <= high) for v in listed])
    return same if leaf.op != "!=" or same is None else not same


def _compare_text(leaf: Leaf, text: str) -> Verdict:
    match leaf.op:
        case "==":
            return text == leaf.value
        case "!=":
            return text != leaf.value
        case "in":
            return text in leaf.value
    rank, threshold = leaf.order.index(text), leaf.order.index(leaf.value)
    return {">=": rank >= threshold, ">": rank > threshold, "<=": rank <= threshold, "<": rank < threshold}[leaf.op]


def _bounds(surely: bool, surely_not: bool) -> Verdict:
    return True if surely else False if surely_not else None


# --- asking about conditions ----------------------------------------------------------------------------------------


def bind_windows(conditions: Iterable[Condition], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with plain figures taken over for a windowed variable that has one window only in these conditions.

    ``rain_mm: 120`` is plain enough where only the 24 h sum is asked for; where 3, 6 and 12 h sums are asked for, it
    would be three different numbers and stays unbound.
    """
    keys: dict[str, set[str]] = {}
    for condition in conditions:
        for leaf in leaves(condition):
            keys.setdefault(leaf.var, set()).add(leaf.key)
    bound = dict(facts)
    for var, wanted in keys.items():
        if len(wanted) == 1 and (key := next(iter(wanted))) != var and key not in bound and var in bound:
            bound[key] = bound[var]
    return bound


def deciding_unknowns(condition: Condition, facts: Mapping[str, Any]) -> list[str]:
    """The facts that would decide an undecided condition, each once, in the order of the text; empty when decided."""
    found: dict[str, None] = {}

    def walk(part: Condition) -> None:
        if _judge(part, facts, []) is not None:
            return
        match part:
            case AnyOf(parts) | AllOf(parts):
                for inner in parts:
                    walk(inner)
            case Not(inner) | Unless(inner):
                walk(inner)
            case Leaf():
                found.setdefault(judge_leaf(part, facts).need)

    walk(condition)
    return list(found)


def ways_to_true(condition: Condition, facts: Mapping[str, Any]) -> list[tuple[LeafTrace, ...]]:
    """What would make the condition true: alternatives, each the leaves that are not true yet and would all have to be.

    Empty when nothing can (a `not` stands in the way); ``[()]`` when it is true already. At most `MOST_WAYS`.
    """
    match condition:
        case Leaf():
            judged = judge_leaf(condition, facts)
            return [()] if judged.result else [(judged,)]
        case Always():
            return [()]
        case Not() | Unless():
            return [()] if _judge(condition, facts, []) else []
        case AnyOf(parts):
            ways = [way for part in parts for way in ways_to_true(part, facts)]
            return [()] if () in ways else ways[:MOST_WAYS]
        case AllOf(parts):
            options = [ways_to_true(part, facts) for part in parts]
            joined = (tuple(t for way in combo for t in way) for combo in product(*options))
            return [way for way, _ in zip(joined, range(MOST_WAYS), strict=False)]
    return []


__all__ = [
    "OPS", "UNKNOWN", "AllOf", "Always", "AnyOf", "BadFacts", "Condition", "ConditionError", "Figure", "Leaf",
    "LeafTrace", "Not", "Problem", "Result", "Unless", "Verdict", "Vocabulary", "all_of", "any_of", "bind_windows",
    "deciding_unknowns", "evaluate", "guarded", "judge_leaf", "leaves", "lookup", "parse", "read_figure", "relaxed",
    "verdict_text", "ways_to_true", "without_upper_bounds", "written",
]  # fmt: skip
