"""The gate at readings that do not come one an hour: seldom, often, at steps that divide no hour, over long windows."""

from __future__ import annotations

import numpy as np
import pytest

from anlan.analysis.judging import judge_courses
from anlan.analysis.numerics.windows import Course
from anlan.analysis.watching.board import Board, Stream
from tests.analysis.watching.test_gate import _criterion

START = 1_468_886_400 // 86400 * 86400
MIN = 60
HOUR = 3600


def at_every(step, many, value_of):
    """(seconds from the start, value) of `many` readings; `value_of` takes their number."""
    return [(i * step, float(value_of(i))) for i in range(1, many)]


RAIN = {"var": "rain_mm", "unit": "mm"}
DEPTH = {"var": "depth_cm", "unit": "cm"}
#: What is measured how often (s), the standard, and readings that reach it at one of them.
CASES = {
    "least of a day, read every six hours": (
        6 * HOUR, {**DEPTH, "op": ">=", "value": 30, "fn": "min", "window_h": 24},
        at_every(6 * HOUR, 9, lambda i: 20 if i < 3 else 40),
    ),
    "most of a day, read every six hours": (
        6 * HOUR, {**DEPTH, "op": "<=", "value": 3, "fn": "max", "window_h": 24},
        at_every(6 * HOUR, 9, lambda i: 20 if i < 3 else 1),
    ),
    "a dry day, read every six hours": (
        6 * HOUR, {**RAIN, "op": "<=", "value": 1, "window_h": 24},
        at_every(6 * HOUR, 9, lambda i: 20 if i < 3 else 0),
    ),
    "an hour, read every eight minutes": (
        8 * MIN, {**RAIN, "op": ">=", "value": 20, "window_h": 1},
        at_every(8 * MIN, 12, lambda i: 4 if 3 <= i <= 8 else 0),
    ),
    "an hour over the full one, read every eight minutes": (
        8 * MIN, {**RAIN, "op": ">=", "value": 22, "window_h": 1},
        at_every(8 * MIN, 14, lambda i: 4 if 4 <= i <= 9 else 0),
    ),
    "two days, read every minute": (
        MIN, {**RAIN, "op": ">=", "value": 50, "window_h": 48},
        at_every(MIN, 48 * 60 + 30, lambda i: 40 if i == 20 else 11 if i == 48 * 60 + 10 else 0),
    ),
    "least of two days, read every minute": (
        MIN, {**DEPTH, "op": ">=", "value": 30, "fn": "min", "window_h": 48},
        at_every(MIN, 48 * 60 + 30, lambda i: 40 if i > 10 else 1),
    ),
    "rise of two days, read every minute": (
        MIN, {**DEPTH, "op": ">=", "value": 30, "fn": "rise", "window_h": 48},
        at_every(MIN, 48 * 60 + 12, lambda i: 1 if i == 10 else 32 if i == 48 * 60 + 10 else 10),
    ),
    "least of half a day, read every ten seconds": (
        10, {**DEPTH, "op": ">=", "value": 30, "fn": "min", "window_h": 12},
        at_every(10, 12 * 360 + 30, lambda i: 40 if i > 10 else 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_reached_at_any_step_of_readings_is_let_through(case):
    interval, leaf, rows = CASES[case]
    criterion, name = _criterion(0, [leaf]), leaf["var"]
    board = Board([Stream(1, "A", name, interval)], lambda _code: [criterion], lambda var: var == "rain_mm")
    times, values = np.array([START + t for t, _v in rows]), np.array([v for _t, v in rows])
    (judged,) = judge_courses({name: Course(times.astype(float), values, float(interval))}, [criterion])
    reached = int(np.flatnonzero(judged.verdicts[0] == 1)[0])
    let = [bool(board.take(np.array([1]), times[i : i + 1], values[i : i + 1])) for i in range(reached + 1)]
    assert let[-1]
