"""Criteria: the standards of warning signals and the measurable response triggers, tried on series of readings.

What a criterion raises is a signal of ours. It says that a standard is reached (达到橙色标准); it is never a warning
(橙色预警), which only its authority issues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np

from anlan.kernel.conditions import AllOf, AnyOf, BadFacts, Condition, Leaf, Problem, Unless, leaves
from anlan.kernel.facts import Provenance

from .data.criteria_files import shipped_properties, shipped_response_criteria
from .data.warning_signals import shipped_signals
from .numerics.rain import held_levels, on_hourly_grid, window_sums
from .numerics.verdicts import Column, judge_series
from .series import Reading, read_rows

CLEAR_AFTER = 3
"""Readings in a row that must be known to lie below a level before it counts as left: a level must not flap."""
LONGEST_WINDOW_H = 24 * 30


@dataclass(frozen=True, slots=True)
class CriterionLevel:
    """`name` is blue…red for a warning standard, IV…I for a response; `words` what a signal says."""

    name: str
    when: Condition
    words: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """`scheme` is ``warning`` or ``response``; `levels` are lowest first; `hazard` the signal's or the plan's."""

    id: str
    zh: str
    scheme: str
    hazard: str
    levels: tuple[CriterionLevel, ...]
    provenance: Provenance

    @property
    def properties(self) -> frozenset[str]:
        return frozenset(leaf.var for level in self.levels for leaf in leaves(level.when))

    @property
    def windows(self) -> dict[str, frozenset[int]]:
        """Windows (h) that each property is summed over."""
        found: dict[str, set[int]] = {}
        for level in self.levels:
            for leaf in leaves(level.when):
                if leaf.window_h:
                    found.setdefault(leaf.var, set()).add(int(leaf.window_h))
        return {var: frozenset(hours) for var, hours in found.items()}

    def level(self, name: str) -> CriterionLevel | None:
        return next((lv for lv in self.levels if lv.name == name), None)


@cache
def shipped_criteria() -> tuple[Criterion, ...]:
    """Every standard of the warning signals (observed criteria) and every measurable response trigger."""
    return (*warning_criteria(), *response_criteria())


@cache
def warning_criteria() -> tuple[Criterion, ...]:
    signals = shipped_signals()
    found = []
    for signal in signals.signals.values():
        levels = [
            CriterionLevel(lv.colour, lv.observed, f"达到{signal.zh}{signals.colours[lv.colour].zh}标准")
            for lv in reversed(signal.levels)
        ]
        found.append(Criterion(signal.id, signal.zh, "warning", signal.id, tuple(levels), signal.provenance))
    return tuple(found)


@cache
def response_criteria() -> tuple[Criterion, ...]:
    return tuple(
        Criterion(
            one.id,
            one.zh,
            "response",
            one.hazard,
            tuple(CriterionLevel(name, when, f"达到{one.zh}{name}级条件") for name, when in one.levels),
            one.provenance,
        )
        for one in shipped_response_criteria()
    )


def try_series(
    rows: Iterable[Mapping[str, Any]],
    criteria: Sequence[Criterion] | None = None,
    *,
    now: datetime | None = None,
    clear_after: int = CLEAR_AFTER,
) -> dict[str, Any]:
    """Try criteria on a series of readings.

    `rows`: mappings with ``time`` (ISO 8601 with offset, the end of the period), ``station``, ``value``, and optionally
    ``property`` (default hourly rain ``rain_mm``), ``unit`` and ``line``. Readings later than `now` are refused.
    Returns ``{"signals": [{"criterion", "time", "station", "level", "value", "clause", …}], "rejected": [{"line",
    "reason"}]}``: one signal each time that a station's level of a criterion rises, in the order of time; silence is an
    empty list. A criterion is tried where the station has one of its properties; what it cannot decide stays silent.
    """
    criteria = shipped_criteria() if criteria is None else criteria
    readings, rejected = read_rows(rows, now)
    by_station: dict[str, list[Reading]] = {}
    for reading in readings:
        by_station.setdefault(reading.station, []).append(reading)
    signals: list[tuple[float, dict[str, Any]]] = []
    for station, own in by_station.items():
        for segment in _segments(sorted(own, key=lambda r: r.stamp)):
            signals += _station_signals(station, segment, criteria, clear_after)
    signals.sort(key=lambda pair: (pair[0], pair[1]["station"], pair[1]["criterion"]))
    return {"signals": [signal for _, signal in signals], "rejected": rejected}


def criteria_named(name: str | None) -> Sequence[Criterion]:
    """All shipped criteria, or the one of that id. Raises BadFacts naming those there are."""
    if name is None:
        return shipped_criteria()
    found = [c for c in shipped_criteria() if c.id == name]
    if not found:
        wanted = "、".join(c.id for c in shipped_criteria())
        raise BadFacts([Problem("criterion", "unknown_criterion", f"没有“{name}”这条判据；可用的有 {wanted}")])
    return found


def _segments(readings: list[Reading]) -> Iterable[list[Reading]]:
    """Runs without a gap longer than any window, so that two readings decades apart make no grid of decades."""
    start = 0
    for i in range(1, len(readings) + 1):
        if i == len(readings) or readings[i].stamp - readings[i - 1].stamp > LONGEST_WINDOW_H * 3600:
            yield readings[start:i]
            start = i


def _station_signals(
    station: str, readings: list[Reading], criteria: Sequence[Criterion], clear_after: int
) -> list[tuple[float, dict[str, Any]]]:
    present = {r.property for r in readings}
    wanted = [c for c in criteria if c.properties & present]
    if not wanted:
        return []
    stamps = sorted({r.stamp for r in readings})
    columns = columns_of(readings, stamps, wanted)
    said = {r.stamp: r.time for r in readings}
    found = []
    for criterion in wanted:
        levels = [lv for lv in (for_one_station(lv, present) for lv in criterion.levels) if lv]
        if not levels:
            continue
        verdicts = np.stack([judge_series(lv.when, columns, len(stamps)) for lv in levels])
        force = held_levels(verdicts, clear_after)
        before = np.concatenate([[-1], force[:-1]])
        for step in np.nonzero(force > before)[0]:
            level = levels[force[step]]
            stamp = stamps[step]
            found.append((stamp, _signal(criterion, level, station, said[stamp], columns, int(step))))
    return found


def for_one_station(level: CriterionLevel, present: set[str]) -> CriterionLevel | None:
    """The level without the alternatives that one station with these properties can never decide, or None."""
    when = _decidable(level.when, present)
    return replace(level, when=when) if when else None


def _decidable(condition: Condition, present: set[str]) -> Condition | None:
    match condition:
        case Leaf():
            return condition if condition.var in present and condition.area_pct is None else None
        case AnyOf(parts):
            kept = [p for p in (_decidable(part, present) for part in parts) if p]
            return AnyOf(tuple(kept)) if kept else None
        case AllOf(parts):
            found = [part if isinstance(part, Unless) else _decidable(part, present) for part in parts]
            return condition if None not in found else None
    return condition


def columns_of(readings: list[Reading], stamps: list[float], criteria: Sequence[Criterion]) -> dict[str, Column]:
    """The figures of one station at its times: states as they are, amounts summed over every window asked for."""
    place = {stamp: i for i, stamp in enumerate(stamps)}
    columns: dict[str, Column] = {}
    for name in {r.property for r in readings}:
        own = [r for r in readings if r.property == name]
        values = np.full(len(stamps), np.nan)
        values[[place[r.stamp] for r in own]] = [r.value for r in own]
        columns[name] = Column.exact(values)
        windows = sorted({h for c in criteria for h in c.windows.get(name, ())})
        if not shipped_properties()[name].adds_up or not windows:
            continue
        hours = np.array([int(r.stamp // 3600) for r in own])
        start, length = int(hours.min()), int(hours.max() - hours.min()) + 1
        grid = on_hourly_grid(hours, np.array([r.value for r in own]), start, length)
        at = np.array([place[r.stamp] for r in own])
        for window, sums in window_sums(grid, tuple(windows)).items():
            low, high = np.full(len(stamps), np.nan), np.full(len(stamps), np.nan)
            whole = Column.of_sums(sums)
            low[at], high[at] = whole.low[hours - start], whole.high[hours - start]
            columns[f"{name}@{window}h"] = Column(low, high)
    return columns


def _signal(
    criterion: Criterion, level: CriterionLevel, station: str, time: str, columns: dict[str, Column], step: int
) -> dict[str, Any]:
    leaf = proving_leaf(level.when, columns, step)
    value = columns[leaf.key].low[step] if leaf else None
    return {
        "criterion": criterion.id,
        "time": time,
        "station": station,
        "level": level.name,
        "value": None if value is None else round(float(value), 3),
        "clause": criterion.provenance.source,
        "words": level.words,
        "confidence": criterion.provenance.confidence,
        "suggested": criterion.provenance.suggested,
        "var": leaf.key if leaf else None,
        "op": leaf.op if leaf else None,
        "threshold": leaf.threshold if leaf else None,
        "unit": leaf.unit if leaf else None,
    }


def proving_leaf(condition: Condition, columns: dict[str, Column], step: int) -> Leaf | None:
    """The first leaf of the level that is true at that step: its figure is the one to show."""
    for leaf in leaves(condition):
        column = columns.get(leaf.key)
        if column is None:
            continue
        here = {leaf.key: Column(column.low[step : step + 1], column.high[step : step + 1])}
        if judge_series(leaf, here, 1)[0] == 1:
            return leaf
    return None
