"""Conditions judged over whole series at once: three-valued, on intervals, one array per figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anlan.kernel.conditions import AllOf, Always, AnyOf, Condition, Leaf, Not, Unless

from .rain import FALSE, TRUE, UNKNOWN, Verdicts, WindowSum, all_of, any_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Column:
    """A figure over time as intervals ``low..high``; NaN where unknown, `high` infinite where only a bound is known."""

    low: Floats
    high: Floats

    @staticmethod
    def exact(values: Floats) -> Column:
        return Column(values, values)

    @staticmethod
    def of_sums(sums: WindowSum) -> Column:
        """Sums with missing hours are known from below only; with no hour at all they are unknown."""
        nothing = sums.obtained <= 0
        low = np.where(nothing, np.nan, sums.total)
        return Column(low, np.where(nothing, np.nan, np.where(sums.obtained >= 1, sums.total, np.inf)))


def judge_series(condition: Condition, columns: Mapping[str, Column], steps: int) -> Verdicts:
    """Judge a condition at each of `steps` times: 1 true, 0 false, -1 unknown.

    `columns` by fact key (``rain_mm@3h``); a leaf without a column is unknown throughout, and so is the share of the
    area at a single station: a leaf with ``area_pct`` is at best undecided.
    """
    match condition:
        case Always():
            return np.full(steps, TRUE)
        case AnyOf(parts):
            return any_of([judge_series(p, columns, steps) for p in parts])
        case AllOf(parts):
            return all_of([judge_series(p, columns, steps) for p in parts])
        case Not(part):
            inner = judge_series(part, columns, steps)
            return np.where(inner == UNKNOWN, UNKNOWN, 1 - inner).astype(np.int8)
        case Unless(part):
            return np.where(judge_series(part, columns, steps) == TRUE, FALSE, TRUE).astype(np.int8)
    column = columns.get(condition.key)
    if column is None or condition.kind != "number":
        return np.full(steps, UNKNOWN)
    verdicts = _compare(condition, column)
    if condition.area_pct is not None:
        verdicts = np.where(verdicts == FALSE, FALSE, UNKNOWN).astype(np.int8)
    return verdicts


def _compare(leaf: Leaf, column: Column) -> Verdicts:
    low, high, value = column.low, column.high, leaf.value
    match leaf.op:
        case "range":
            return all_of([_bounds(low >= leaf.low, high < leaf.low), _bounds(high < leaf.high, low >= leaf.high)])
        case ">=":
            return _bounds(low >= value, high < value)
        case ">":
            return _bounds(low > value, high <= value)
        case "<=":
            return _bounds(high <= value, low > value)
        case "<":
            return _bounds(high < value, low >= value)
    listed = value if isinstance(value, tuple) else (value,)
    same = any_of([_bounds((low == v) & (high == v), (low > v) | (high < v)) for v in listed])
    return same if leaf.op != "!=" else np.where(same == UNKNOWN, UNKNOWN, 1 - same).astype(np.int8)


def _bounds(surely: NDArray[np.bool_], surely_not: NDArray[np.bool_]) -> Verdicts:
    return np.where(surely, TRUE, np.where(surely_not, FALSE, UNKNOWN)).astype(np.int8)
