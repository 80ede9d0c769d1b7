"""Series of readings as they arrive in files: read row by row, refused with line and reason, the rest goes on.

What is kept lies in arrays by station and property, so that a million rows take seconds and tens of megabytes.
"""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from anlan.kernel.conditions import BadFacts, Problem

from .data.criteria_files import Property, shipped_properties
from .numerics.windows import Course, interval_of, interval_of_amounts

DEFAULT_PROPERTY = "rain_mm"
COLUMNS = ("time", "station", "value")
LONGEST_FIELD = 200
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # a clock that was never set says 1970
_HOUR_S = 3600
_MOST_TIMES = 100_000  # how many written times are remembered while reading


@dataclass(frozen=True, slots=True)
class Reading:
    """One value; `time` as it was written, `stamp` in seconds since 1970 UTC (the end of the period)."""

    time: str
    stamp: float
    station: str
    property: str
    value: float
    line: int


@dataclass(slots=True)
class StationSeries:
    """What one station measured: courses by property, and how each time was written."""

    courses: dict[str, Course] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)

    def time_at(self, stamp: float) -> str:
        """A time as the file wrote it."""
        for name, course in self.courses.items():
            at = int(np.searchsorted(course.times, stamp))
            if at < course.times.size and course.times[at] == stamp:
                return self.written[name][at]
        return datetime.fromtimestamp(stamp, UTC).isoformat()


class _Gathered:
    """Rows of one station and property as they come."""

    __slots__ = ("lines", "stamps", "values", "written")

    def __init__(self) -> None:
        self.stamps, self.values, self.lines = array("d"), array("d"), array("q")
        self.written: list[str] = []


def csv_rows(text: str) -> Iterator[dict[str, Any]]:
    """Rows of a CSV with the header ``time,station,value[,property,unit]`` in any order, each with its line. Raises BadFacts.

    Tabs separate where the header has them and no comma.
    """
    text = text.removeprefix("\ufeff")
    head = text[: text.find("\n")] if "\n" in text else text
    table = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in head and "," not in head else ",")
    try:
        names = [n.strip().lower() for n in next(table, [])]
        missing = [c for c in COLUMNS if c not in names]
        if missing or len(set(names)) != len(names):
            said = f"表头缺少 {'、'.join(missing)} 列" if missing else "表头有重复的列"
            message = f"{said}；表头应为 time,station,value[,property,unit]"
            raise BadFacts([Problem("header", "missing_columns", message)])
        for row in table:
            if row:
                yield {**dict(zip(names, row, strict=False)), "line": table.line_num}
    except csv.Error as wrong:
        message = f"第 {table.line_num} 行不是 CSV：{wrong}；请核对引号和分隔符"
        raise BadFacts([Problem("series", "not_csv", message)]) from None


def read_rows(
    rows: Iterable[Mapping[str, Any]], now: datetime | None = None
) -> tuple[dict[str, StationSeries], list[dict[str, Any]]]:
    """Series by station, and ``{"line", "reason"}`` for each row refused, by line. A row without ``line`` counts from 2.

    The same reading twice is one; two values for one station, property and time contradict: the later row is refused. An
    amount ends on a whole multiple of its step (an hour where rows do not name their property).
    """
    gathered: dict[tuple[str, str], _Gathered] = {}
    rejected: list[dict[str, Any]] = []
    times: dict[str, float | str] = {}
    for i, row in enumerate(rows, 2):
        line = row.get("line", i)
        outcome = _read_row(row, now, times)
        if isinstance(outcome, str):
            rejected.append({"line": line, "reason": outcome})
            continue
        station, name, written, stamp, value = outcome
        own = gathered.get((station, name))
        if own is None:
            own = gathered[station, name] = _Gathered()
        own.stamps.append(stamp)
        own.values.append(value)
        own.lines.append(line)
        own.written.append(written)
    found: dict[str, StationSeries] = {}
    for (station, name), own in gathered.items():
        course, written_kept = _settle(own, shipped_properties()[name], rejected)
        if course.times.size:
            series = found.setdefault(station, StationSeries())
            series.courses[name], series.written[name] = course, written_kept
    rejected.sort(key=lambda r: r["line"])
    return found, rejected


def _settle(own: _Gathered, known: Property, rejected: list[dict[str, Any]]) -> tuple[Course, list[str]]:
    """The rows of one station and property in the order of time, each time once and on the grid of its step."""
    stamps, values = np.array(own.stamps, dtype=np.float64), np.array(own.values, dtype=np.float64)
    lines = np.array(own.lines, dtype=np.int64)
    order = np.argsort(stamps, kind="stable")
    stamps, values, lines = stamps[order], values[order], lines[order]
    first = np.concatenate([[True], np.diff(stamps) > 0])
    leader = np.maximum.accumulate(np.where(first, np.arange(stamps.size), 0))
    for at in np.flatnonzero(values != values[leader]):
        pair = f"{values[leader[at]]:g} 与 {values[at]:g}"
        reason = f"与第 {lines[leader[at]]} 行是同一站同一时刻，数值却不同（{pair}）；以先到的为准"
        rejected.append({"line": int(lines[at]), "reason": reason})
    order, stamps, values, lines = order[first], stamps[first], values[first], lines[first]
    interval = interval_of_amounts(stamps) if known.adds_up else interval_of(stamps, _HOUR_S)
    if known.adds_up:
        fits = stamps % interval == 0
        for at in np.flatnonzero(~fits):
            ends = "整点" if interval == _HOUR_S else f"{interval / 60:g} 分钟的整数倍"
            reason = f"{known.zh}应以{ends}结束，收到的是 {own.written[order[at]]}"
            rejected.append({"line": int(lines[at]), "reason": reason})
        order, stamps, values = order[fits], stamps[fits], values[fits]
    return Course(stamps, values, interval), [own.written[i] for i in order.tolist()]


def _read_row(
    row: Mapping[str, Any], now: datetime | None, times: dict[str, float | str]
) -> tuple[str, str, str, float, float] | str:
    station = str(row.get("station") or "").strip()
    if not station:
        return "缺少站点 station"
    if len(station) > LONGEST_FIELD:
        return f"站点 station 超过 {LONGEST_FIELD} 字"
    given = str(row.get("property") or "").strip()
    name = given or DEFAULT_PROPERTY
    known = shipped_properties().get(name)
    if known is None:
        return f"没有“{name[:40]}”这种观测量"
    unit = str(row.get("unit") or "").strip()
    if unit and unit != known.unit:
        return f"单位应为 {known.unit or '（无单位）'}，收到的是 {unit[:16]}；请换算后再报"
    value = _read_value(row.get("value"))
    if isinstance(value, str):
        return value
    if not known.least <= value <= known.most:
        return f"{known.zh} {value:g} {known.unit}超出可信范围 {known.least:g}～{known.most:g}，请核对仪器和单位"
    written = str(row.get("time") or "").strip()
    stamp = times.get(written)
    if stamp is None:
        stamp = _read_time(written, now)
        if len(times) < _MOST_TIMES:
            times[written] = stamp
    if isinstance(stamp, str):
        return stamp
    if known.adds_up and not given and stamp % _HOUR_S:
        return f"{known.zh}应以整点结束，收到的是 {written}；分钟雨量请在 property 列写 {name}"
    return station, name, written, stamp, value


def _read_value(raw: Any) -> float | str:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return "没有数值；缺测的时次按缺测处理，不按 0 计"
    if isinstance(raw, bool):
        return f"数值应为数字，收到的是 {raw!r}"
    try:
        value = float("_" if isinstance(raw, str) and "_" in raw else raw)
    except (TypeError, ValueError, OverflowError):
        return f"数值应为数字，收到的是 {str(raw)[:40]!r}"
    return value if math.isfinite(value) else f"数值应为有限的数字，收到的是 {str(raw)[:40]!r}"


def _read_time(written: str, now: datetime | None) -> float | str:
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        written = written[:40]
        return f"时间“{written}”不是 ISO 8601 格式，例如 2016-07-20T12:00:00+08:00"
    if when.tzinfo is None:
        return f"时间“{written}”没有时区偏移，例如 +08:00"
    if when < _EARLIEST:
        return f"时间“{written}”早于 1971 年，疑为时钟未校"
    if now is not None and when > now:
        return f"时间“{written}”晚于现在（{now.isoformat()}），疑为时钟有误"
    return when.timestamp()
