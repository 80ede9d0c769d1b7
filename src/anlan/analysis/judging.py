"""Judging one station's recent readings by the criteria: which level each criterion stands at now, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from anlan.kernel.conditions import Leaf, leaves
from anlan.kernel.wording import words as _

from .courses import columns_of, courses_of, stamps_of
from .criteria import Columns, Criterion, CriterionLevel, at_step, for_one_station, proving_leaf
from .data.criteria_files import shipped_properties
from .numerics.days import local_days
from .numerics.rain import FALSE, TRUE, Verdicts
from .numerics.verdicts import judge_series
from .numerics.windows import Course, Floats
from .series import Reading

FUNCTIONS = {
    "sum": _("累计"), "max": _("最大"), "min": _("最小"), "mean": _("平均"), "rise": _("上涨"), "fall": _("下降"),
    "held": _("持续"), "obtained": _("到报率"), "silence": _("迟到"),
}  # fmt: skip
OPERATORS = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion at one station. `levels` lowest first; `verdicts`: (levels, steps), 1 yes, 0 no, -1 undecided.

    `staying` is the same with the margins counted in: a level is left when it is 0. `courses`: the readings that it was judged by.
    """

    criterion: Criterion
    levels: tuple[CriterionLevel, ...]
    verdicts: Verdicts
    staying: Verdicts
    stamps: tuple[float, ...]
    columns: Columns
    courses: Mapping[str, Course] = field(default_factory=dict)

    def index_of(self, level: str) -> int:
        return next((i for i, lv in enumerate(self.levels) if lv.name == level), -1)

    def level_at(self, step: int, present: str, clear_after: int | None = None) -> str:
        """The level in force after `step`; `present` ("" for none) was in force before.

        A higher level counts at once; a lower one only after `clear_after` steps (default: the criterion's) in a row at
        which the present level was known not to stand. What is undecided changes nothing.
        """
        reached = np.nonzero(self.verdicts[:, step] == TRUE)[0]
        top = int(reached[-1]) if reached.size else -1
        now = self.index_of(present)
        if top >= now:
            return self.levels[top].name if top >= 0 else ""
        return (self.levels[top].name if top >= 0 else "") if self.left(step, present, clear_after) else present

    def left(self, step: int, level: str, clear_after: int | None = None) -> bool:
        """Whether `level` has been known not to stand for `clear_after` steps up to `step`."""
        needed = clear_after or self.criterion.clear_after
        index = self.index_of(level)
        recent = self.staying[index, max(0, step + 1 - needed) : step + 1]
        return index < 0 or (recent.size >= needed and bool((recent == FALSE).all()))

    def silent(self, step: int, clear_after: int | None = None) -> bool:
        """Whether no level at all stands, and this was known, for `clear_after` steps up to `step`."""
        needed = clear_after or self.criterion.clear_after
        recent = self.staying[:, max(0, step + 1 - needed) : step + 1]
        return recent.shape[1] >= needed and bool((recent == FALSE).all())

    def proof(self, step: int, level: str) -> dict[str, Any]:
        """The figure that proves `level` at `step`: ``{"value", "unit", "text", "trace"}``."""
        when = self.levels[self.index_of(level)].when
        leaf = proving_leaf(when, self.columns, step)
        trace = [self._line(leaf, step) for leaf in leaves(when)]
        if leaf is None:
            return {"value": None, "unit": "", "text": "", "trace": trace}
        value = shown_value(leaf, self.columns, step, 1)
        return {
            "value": value,
            "unit": unit_of(leaf),
            "text": f"{label_of(leaf)} {value:g} {unit_of(leaf)}（标准 {threshold_of(leaf)}{unit_of(leaf)}）",
            "trace": trace,
        }

    def _line(self, leaf: Any, step: int) -> dict[str, Any]:
        """One condition as the page's 依据 shows it. A figure that is only known from below says so."""
        column = self.columns.get(leaf.key)
        low, high = (float(column.low[step]), float(column.high[step])) if column is not None else (np.nan, np.nan)
        verdict = int(judge_series(leaf, at_step(self.columns, leaf.key, step), 1)[0])
        return {
            "label": label_of(leaf) + (f"（面积 {leaf.area_pct:g}%）" if leaf.area_pct is not None else ""),
            "threshold": threshold_of(leaf),
            "fact": said_figure(low, high),
            "unit": unit_of(leaf),
            "result": {1: "true", 0: "false", -1: "unknown"}[verdict],
        }


def said_figure(low: float, high: float) -> str | None:
    """An interval in words: 12, ≥12 (known from below), ≤12 (from above); None when nothing is known."""
    if np.isfinite(low):
        return f"{low:g}" if np.isfinite(high) else f"≥{low:g}"
    return f"≤{high:g}" if np.isfinite(high) else None


def shown_value(leaf: Leaf, columns: Columns, step: int, digits: int) -> float:
    """The finite end of a figure that proves a leaf."""
    column = columns[leaf.key]
    low, high = float(column.low[step]), float(column.high[step])
    return round(low if np.isfinite(low) else high, digits)


def label_of(leaf: Leaf) -> str:
    """A figure in words: 6小时雨量, 1小时水位上涨, 连续3天日最高气温."""
    known = shipped_properties().get(leaf.var)
    name = known.zh if known else leaf.var
    if leaf.consecutive_days:
        return _("连续%(n)d天%(name)s") % {"n": leaf.consecutive_days, "name": name}
    fn = FUNCTIONS.get(leaf.fn, "")
    if not leaf.seconds:
        return f"{name}{fn}"
    window = (
        _("%(n)g分钟") % {"n": leaf.seconds / 60}
        if leaf.seconds < 3600
        else _("%(n)g小时") % {"n": leaf.seconds / 3600}
    )
    return f"{window}{name.removeprefix('小时')}{'' if leaf.fn == 'sum' else fn}"


def unit_of(leaf: Leaf) -> str:
    """The unit of a leaf's figure: percent of what should have come, minutes of silence, else the property's own."""
    own = {"obtained": "%", "silence": _("分钟")}.get(leaf.fn)
    return own or leaf.unit or ""


def threshold_of(leaf: Any) -> str:
    if leaf.op == "range":
        return f"{leaf.low:g}～{leaf.high:g} "
    value = leaf.value
    said = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{OPERATORS.get(leaf.op, leaf.op)}{said} "


def judge_station(
    readings: Sequence[Reading],
    criteria: Sequence[Criterion],
    *,
    intervals: Mapping[str, float] | None = None,
    own: Mapping[str, float] | None = None,
) -> list[Judged]:
    """Judge `readings` of one station (each time and property once) by `criteria`.

    `intervals`: seconds between expected readings by property (default: what their times show); `own`: the station's own
    levels (``warning_m``).
    """
    return judge_courses(courses_of(readings, intervals), criteria, own=own)


def judge_courses(
    courses: Mapping[str, Course], criteria: Sequence[Criterion], *, own: Mapping[str, float] | None = None
) -> list[Judged]:
    """Judge what one station measured, as courses by property; see `judge_station`."""
    present = frozenset(courses)
    wanted = [c for c in criteria if c.properties & present]
    if not wanted:
        return []
    stamps = stamps_of(courses)
    columns = columns_of(courses, stamps, wanted, own)
    found = []
    for criterion in wanted:
        levels = tuple(lv for lv in (for_one_station(lv, present, own or ()) for lv in criterion.levels) if lv)
        if levels:
            reached, staying = verdicts_of(criterion, levels, columns, stamps)
            found.append(Judged(criterion, levels, reached, staying, tuple(stamps.tolist()), columns, courses))
    return found


def verdicts_of(
    criterion: Criterion, levels: Sequence[CriterionLevel], columns: Columns, stamps: Floats
) -> tuple[Verdicts, Verdicts]:
    """Whether each level is reached, and whether it still stands with its margin; arrays (levels, steps).

    Out of season no level is reached and none stands.
    """
    reached = np.stack([judge_series(lv.when, columns, stamps.size) for lv in levels])
    staying = reached
    if any(lv.stay is not lv.when for lv in levels):
        staying = np.stack([judge_series(lv.stay, columns, stamps.size) for lv in levels])
    if criterion.season:
        out = ~in_season(criterion, stamps)
        reached, staying = reached.copy(), staying.copy()
        reached[:, out] = FALSE
        staying[:, out] = FALSE
    return reached, staying


def in_season(criterion: Criterion, stamps: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether the criterion applies on the local day of each stamp."""
    days, which = np.unique(local_days(stamps), return_inverse=True)
    applies = [criterion.in_season(date(1970, 1, 1) + timedelta(days=int(day))) for day in days]
    return np.array(applies, dtype=np.bool_)[which.reshape(-1)]
