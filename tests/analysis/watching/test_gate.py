"""The gate lets through every station whose level changes: whatever the readings, the criteria and the order."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.analysis.criteria import Criterion, CriterionLevel
from anlan.analysis.judging import judge_station
from anlan.analysis.series import Reading
from anlan.analysis.watching.board import Board, Stream
from anlan.kernel.conditions import parse
from anlan.kernel.facts import Provenance

START = 1_468_886_400 // 3600 * 3600
SOURCE = Provenance(source="test", confidence="high")

LEAVES = (
    {"var": "rain_mm", "op": ">=", "value": 20, "unit": "mm", "window_h": 1},
    {"var": "rain_mm", "op": ">=", "value": 40, "unit": "mm", "window_h": 3},
    {"var": "rain_mm", "op": ">=", "value": 60, "unit": "mm", "window_h": 24},
    {"var": "rain_mm", "op": "<=", "value": 2, "unit": "mm", "window_h": 12},
    {"var": "depth_cm", "op": ">=", "value": 30, "unit": "cm"},
    {"var": "depth_cm", "op": ">=", "value": 25, "unit": "cm", "duration_h": 3},
    {"var": "depth_cm", "op": "<", "value": 5, "unit": "cm", "duration_h": 2},
    {"var": "depth_cm", "op": ">=", "value": 15, "unit": "cm", "fn": "rise", "window_h": 2},
    {"var": "depth_cm", "op": ">=", "value": 15, "unit": "cm", "fn": "fall", "window_h": 2},
    {"var": "depth_cm", "op": ">=", "value": 35, "unit": "cm", "fn": "max", "window_h": 6},
    {"var": "depth_cm", "op": "<=", "value": 3, "unit": "cm", "fn": "min", "window_h": 6},
    {"var": "depth_cm", "op": ">", "value": 20, "unit": "cm", "fn": "mean", "window_h": 4},
)
leaf = st.sampled_from(LEAVES)
condition = st.one_of(
    leaf,
    st.lists(leaf, min_size=2, max_size=3).map(lambda parts: {"any": parts}),
    st.lists(leaf, min_size=2, max_size=2).map(lambda parts: {"all": parts}),
)
value = st.one_of(st.none(), st.integers(0, 50).map(float), st.sampled_from([19.9, 20.0, 40.0, 30.0]))


def _criterion(number: int, conditions: list[dict]) -> Criterion:
    names = ("blue", "yellow", "orange", "red")
    levels = tuple(CriterionLevel(n, parse(c), n) for n, c in zip(names, conditions, strict=False))
    return Criterion(f"c{number}", f"c{number}", "warning", "storm", levels, SOURCE)


def _level(judged, at: float, present: str) -> str:
    return judged.level_at(judged.stamps.index(at), present)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(condition, min_size=1, max_size=2), min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from(["rain_mm", "depth_cm"]), st.integers(0, 40), value), min_size=1, max_size=60),
    st.integers(1, 5),
    st.booleans(),
)
def test_no_change_of_level_passes_unseen(conditions, given_readings, size, awhile):
    """`awhile`: whether time passes between the readings; without, a signal that stands may be left a little later, never
    raised later."""
    criteria = [_criterion(i, c) for i, c in enumerate(conditions)]
    streams = [Stream(1, "A", "rain_mm", 3600), Stream(2, "A", "depth_cm", 3600)]
    board = Board(streams, lambda _code: criteria, lambda name: name == "rain_mm")
    known: dict[tuple[str, int], float | None] = {}
    present = {c.id: "" for c in criteria}
    rows = list({(name, hour): (name, hour, v) for name, hour, v in given_readings}.values())
    for start in range(0, len(rows), size):
        chunk = [r for r in rows[start : start + size]]
        for name, hour, v in chunk:
            known[name, hour] = v
        touched = board.take(
            np.array([1 if n == "rain_mm" else 2 for n, _h, _v in chunk]),
            np.array([START + h * 3600 for _n, h, _v in chunk]),
            np.array([np.nan if v is None else v for _n, _h, v in chunk]),
            wall=100.0 + start * 1000.0 * awhile,
        )
        readings = [
            Reading(datetime.fromtimestamp(START + h * 3600, UTC).isoformat(), float(START + h * 3600), "A", n, v, 0)
            for (n, h), v in sorted(known.items(), key=lambda p: p[0][1])
            if v is not None
        ]
        if not readings:
            continue
        # Where the station stands now is judged; the walk over what came in between is the judge's own.
        last = max(r.stamp for r in readings)
        for judged in judge_station(readings, criteria):
            level = _level(judged, last, present[judged.criterion.id])
            before = present[judged.criterion.id]
            if judged.index_of(level) > judged.index_of(before) or (awhile and level != before):
                assert touched, (level, present, rows[: start + size])
            if touched:
                present[judged.criterion.id] = level
        board.stand("A", present)
