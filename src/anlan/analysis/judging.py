"""Judging one station's recent readings by the criteria: which level each criterion stands at now, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anlan.kernel.conditions import leaves

from .criteria import CLEAR_AFTER, Criterion, CriterionLevel, columns_of, for_one_station, proving_leaf
from .data.criteria_files import shipped_properties
from .numerics.rain import FALSE, TRUE, Verdicts
from .numerics.verdicts import Column, judge_series
from .series import Reading

OPERATORS = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion at one station. `levels` lowest first; `verdicts`: (levels, steps), 1 yes, 0 no, -1 undecided."""

    criterion: Criterion
    levels: tuple[CriterionLevel, ...]
    verdicts: Verdicts
    stamps: tuple[float, ...]
    columns: dict[str, Column]

    def index_of(self, level: str) -> int:
        return next((i for i, lv in enumerate(self.levels) if lv.name == level), -1)

    def level_at(self, step: int, present: str, clear_after: int = CLEAR_AFTER) -> str:
        """The level in force after `step`; `present` ("" for none) was in force before.

        A higher level counts at once; a lower one only after `clear_after` steps in a row at which the present level was
        known not to be reached. What is undecided changes nothing.
        """
        reached = np.nonzero(self.verdicts[:, step] == TRUE)[0]
        top = int(reached[-1]) if reached.size else -1
        now = self.index_of(present)
        if top >= now:
            return self.levels[top].name if top >= 0 else ""
        return (self.levels[top].name if top >= 0 else "") if self.left(step, present, clear_after) else present

    def left(self, step: int, level: str, clear_after: int) -> bool:
        """Whether `level` has been known not to be reached for `clear_after` steps up to `step`."""
        index = self.index_of(level)
        recent = self.verdicts[index, max(0, step + 1 - clear_after) : step + 1]
        return index < 0 or (recent.size >= clear_after and bool((recent == FALSE).all()))

    def silent(self, step: int, clear_after: int = CLEAR_AFTER) -> bool:
        """Whether no level at all has been reached, and this was known, for `clear_after` steps up to `step`."""
        recent = self.verdicts[:, max(0, step + 1 - clear_after) : step + 1]
        return recent.shape[1] >= clear_after and bool((recent == FALSE).all())

    def proof(self, step: int, level: str) -> dict[str, Any]:
        """The figure that proves `level` at `step`: ``{"value", "unit", "text", "trace"}``."""
        when = self.levels[self.index_of(level)].when
        leaf = proving_leaf(when, self.columns, step)
        trace = [self._line(leaf, step) for leaf in leaves(when)]
        if leaf is None:
            return {"value": None, "unit": "", "text": "", "trace": trace}
        value = round(float(self.columns[leaf.key].low[step]), 1)
        return {
            "value": value,
            "unit": leaf.unit or "",
            "text": f"{label_of(leaf)} {value:g} {leaf.unit or ''}（标准 {threshold_of(leaf)}{leaf.unit or ''}）",
            "trace": trace,
        }

    def _line(self, leaf: Any, step: int) -> dict[str, Any]:
        """One condition as the page's 依据 shows it. A figure that is only known from below says so."""
        column = self.columns.get(leaf.key)
        low = float(column.low[step]) if column is not None else np.nan
        known = not np.isnan(low)
        complete = known and column is not None and np.isfinite(column.high[step])
        here = {} if column is None else {leaf.key: Column(column.low[step : step + 1], column.high[step : step + 1])}
        verdict = int(judge_series(leaf, here, 1)[0])
        return {
            "label": label_of(leaf) + (f"（面积 {leaf.area_pct:g}%）" if leaf.area_pct is not None else ""),
            "threshold": threshold_of(leaf),
            "fact": None if not known else (f"{low:g}" if complete else f"≥{low:g}"),
            "unit": leaf.unit or "",
            "result": {1: "true", 0: "false", -1: "unknown"}[verdict],
        }


def label_of(leaf: Any) -> str:
    """A figure in words: 6小时雨量."""
    known = shipped_properties().get(leaf.var)
    name = known.zh if known else leaf.var
    if not leaf.window_h:
        return name
    return f"{leaf.window_h:g}小时{name.removeprefix('小时')}"


def threshold_of(leaf: Any) -> str:
    if leaf.op == "range":
        return f"{leaf.low:g}～{leaf.high:g} "
    value = leaf.value
    said = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{OPERATORS.get(leaf.op, leaf.op)}{said} "


def judge_station(readings: Sequence[Reading], criteria: Sequence[Criterion]) -> list[Judged]:
    """Judge `readings` of one station (each time and property once, gaps no longer than the windows) by `criteria`."""
    present = {r.property for r in readings}
    wanted = [c for c in criteria if c.properties & present]
    if not wanted:
        return []
    stamps = sorted({r.stamp for r in readings})
    columns = columns_of(list(readings), stamps, wanted)
    found = []
    for criterion in wanted:
        levels = tuple(lv for lv in (for_one_station(lv, present) for lv in criterion.levels) if lv)
        if levels:
            verdicts = np.stack([judge_series(lv.when, columns, len(stamps)) for lv in levels])
            found.append(Judged(criterion, levels, verdicts, tuple(stamps), columns))
    return found
