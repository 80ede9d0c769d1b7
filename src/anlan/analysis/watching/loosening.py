"""Conditions with their thresholds moved by the rounding of the windows, so that nothing that stands at one is overlooked."""

from __future__ import annotations

from dataclasses import replace

from anlan.kernel.conditions import AllOf, AnyOf, Condition, Leaf, Not, Unless

#: Relative rounding that thresholds are loosened by: far above single precision, far below what an instrument shows.
ROUNDING = 1e-5


def loosened(condition: Condition, wider: bool = True) -> Condition:
    """The condition with every threshold moved by the rounding of single precision, so that nothing at it is overlooked."""
    match condition:
        case AnyOf(parts):
            return AnyOf(tuple(loosened(p, wider) for p in parts))
        case AllOf(parts):
            return AllOf(tuple(loosened(p, wider) for p in parts))
        case Not(part):
            return Not(loosened(part, not wider))
        case Unless(part):
            return Unless(loosened(part, not wider))
        case Leaf():
            return _loosened(condition, 1.0 if wider else -1.0)
    return condition


def _loosened(leaf: Leaf, sign: float) -> Leaf:
    if leaf.op == "range":
        return replace(leaf, low=leaf.low - sign * _slack(leaf.low), high=leaf.high + sign * _slack(leaf.high))
    if not isinstance(leaf.value, int | float) or isinstance(leaf.value, bool):
        return leaf
    shift = sign * _slack(leaf.value)
    if leaf.op in (">=", ">"):
        return replace(leaf, value=leaf.value - shift)
    if leaf.op in ("<=", "<"):
        return replace(leaf, value=leaf.value + shift)
    return leaf


def _slack(value: float) -> float:
    return ROUNDING * max(1.0, abs(value))
