"""When one condition follows from another: needed to see that a level can never be the one proposed.

Conditions are taken apart into alternatives (each a set of leaves that must hold together). Everything here errs on the side of
"does not follow": what is said to follow does.
"""

from __future__ import annotations

import math
from itertools import product

from anlan.kernel.conditions import AllOf, Always, AnyOf, Condition, Leaf, Not, Unless

MOST_ALTERNATIVES = 200
Part = Leaf | Not | Unless | Always
Alternative = tuple[Part, ...]


def alternatives(condition: Condition) -> list[Alternative]:
    """Ways to fulfil a condition, each the parts that must hold together; at most `MOST_ALTERNATIVES`."""
    match condition:
        case AnyOf(parts):
            return [way for part in parts for way in alternatives(part)][:MOST_ALTERNATIVES]
        case AllOf(parts):
            combined = product(*(alternatives(part) for part in parts))
            return [
                tuple(p for way in combo for p in way)
                for combo, _ in zip(combined, range(MOST_ALTERNATIVES), strict=False)
            ]
    return [(condition,)]


def follows(given: Alternative, wanted: Alternative) -> bool:
    """Whether whoever fulfils `given` fulfils `wanted` too."""
    return all(any(_leaf_follows(a, b) for a in given) for b in wanted)


def contradicts(way: Alternative) -> tuple[Leaf, Leaf] | None:
    """Two parts of one alternative that can never hold together."""
    leaves = [p for p in way if isinstance(p, Leaf)]
    for i, a in enumerate(leaves):
        for b in leaves[i + 1 :]:
            if a.key == b.key and a.kind == b.kind and _apart(a, b):
                return a, b
    return None


def _leaf_follows(a: Part, b: Part) -> bool:
    if a == b:
        return True
    if not (isinstance(a, Leaf) and isinstance(b, Leaf)) or a.key != b.key or a.kind != b.kind or a.unit != b.unit:
        return False
    if b.area_pct is not None and (a.area_pct is None or a.area_pct < b.area_pct):
        return False
    if a.over != b.over and (a.op not in (">=", ">") or (b.over or 0) > (a.over or 0)):
        return False
    if a.kind == "flag":
        return a.op == b.op
    if a.kind == "text":
        return _texts(a) <= _texts(b)
    if a.op == "!=" or b.op == "!=":
        return False
    points = _points(a)
    if points is not None:
        return all(_holds(b, point) for point in points)
    if _points(b) is not None:
        return False
    (a_low, a_open, a_high, a_shut), (b_low, b_open, b_high, b_shut) = _span(a), _span(b)
    above = a_low > b_low or (a_low == b_low and (not b_open or a_open))
    below = a_high < b_high or (a_high == b_high and (not b_shut or a_shut))
    return above and below


def _apart(a: Leaf, b: Leaf) -> bool:
    if a.kind == "flag":
        return a.op != b.op
    if a.kind == "text":
        return not (_texts(a) & _texts(b))
    if a.area_pct is not None or b.area_pct is not None or a.over != b.over or "!=" in (a.op, b.op):
        return False
    for one, other in ((a, b), (b, a)):
        points = _points(one)
        if points is not None:
            return not any(_holds(other, point) for point in points)
    (a_low, a_open, a_high, a_shut), (b_low, b_open, b_high, b_shut) = _span(a), _span(b)
    low, high = max(a_low, b_low), min(a_high, b_high)
    edge_out = (a_low == low and a_open) or (b_low == low and b_open) or (a_high == high and a_shut)
    edge_out = edge_out or (b_high == high and b_shut)
    return low > high or (low == high and edge_out)


def _texts(leaf: Leaf) -> frozenset[str]:
    known = leaf.order or leaf.texts
    match leaf.op:
        case "==":
            return frozenset({leaf.value})
        case "in":
            return frozenset(leaf.value)
        case "!=":
            return frozenset(t for t in known if t != leaf.value)
    rank = known.index(leaf.value)
    keep = {">=": known[rank:], ">": known[rank + 1 :], "<=": known[: rank + 1], "<": known[:rank]}[leaf.op]
    return frozenset(keep)


def _points(leaf: Leaf) -> tuple[float, ...] | None:
    if leaf.op == "==":
        return (leaf.value,)
    return tuple(leaf.value) if leaf.op == "in" else None


def _span(leaf: Leaf) -> tuple[float, bool, float, bool]:
    """(low, low is left out, high, high is left out)."""
    match leaf.op:
        case "range":
            return leaf.low, False, leaf.high, True
        case ">=" | ">":
            return leaf.value, leaf.op == ">", math.inf, False
    return -math.inf, False, leaf.value, leaf.op == "<"


def _holds(leaf: Leaf, point: float) -> bool:
    own = _points(leaf)
    if own is not None:
        return point in own
    low, low_out, high, high_out = _span(leaf)
    return (point > low or (point == low and not low_out)) and (point < high or (point == high and not high_out))
