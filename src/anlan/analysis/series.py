"""Series of readings as they arrive in files: read row by row, refused with line and reason, the rest goes on."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from anlan.kernel.conditions import BadFacts, Problem

from .data.criteria_files import shipped_properties

DEFAULT_PROPERTY = "rain_mm"
COLUMNS = ("time", "station", "value")
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # a clock that was never set says 1970
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Reading:
    """One value; `time` as it was written, `stamp` in seconds since 1970 UTC (the end of the period)."""

    time: str
    stamp: float
    station: str
    property: str
    value: float
    line: int


def csv_rows(text: str) -> Iterator[dict[str, Any]]:
    """Rows of a CSV with the header ``time,station,value[,property,unit]``, each with its line. Raises BadFacts."""
    table = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = [n.strip() for n in table.fieldnames or ()]
    missing = [c for c in COLUMNS if c not in names]
    if missing:
        message = f"表头缺少 {'、'.join(missing)} 列；表头应为 time,station,value[,property,unit]"
        raise BadFacts([Problem("header", "missing_columns", message)])
    table.fieldnames = names
    for row in table:
        yield {**{k: v for k, v in row.items() if k}, "line": table.line_num}


def read_rows(rows: Iterable[Mapping[str, Any]], now: datetime | None = None) -> tuple[list[Reading], list[dict]]:
    """Readings, and ``{"line", "reason"}`` for each row refused. A row without ``line`` counts from 2, below a header.

    The same reading twice is one; two values for one station, property and time contradict: the later row is refused.
    """
    kept: dict[tuple[str, str, float], Reading] = {}
    rejected: list[dict[str, Any]] = []
    for i, row in enumerate(rows, 2):
        line = row.get("line", i)
        outcome = _read_row(row, line, now)
        if isinstance(outcome, str):
            rejected.append({"line": line, "reason": outcome})
            continue
        before = kept.setdefault((outcome.station, outcome.property, outcome.stamp), outcome)
        if before.value != outcome.value:
            values = f"{before.value:g} 与 {outcome.value:g}"
            reason = f"与第 {before.line} 行是同一站同一时刻，数值却不同（{values}）；以先到的为准"
            rejected.append({"line": line, "reason": reason})
    return list(kept.values()), rejected


def _read_row(row: Mapping[str, Any], line: int, now: datetime | None) -> Reading | str:
    station = str(row.get("station") or "").strip()
    if not station:
        return "缺少站点 station"
    name = str(row.get("property") or "").strip() or DEFAULT_PROPERTY
    known = shipped_properties().get(name)
    if known is None:
        return f"没有“{name}”这种观测量"
    unit = str(row.get("unit") or "").strip()
    if unit and unit != known.unit:
        return f"单位应为 {known.unit or '（无单位）'}，收到的是 {unit}；请换算后再报"
    value = _read_value(row.get("value"))
    if isinstance(value, str):
        return value
    if not known.least <= value <= known.most:
        return f"{known.zh} {value:g} {known.unit}超出可信范围 {known.least:g}～{known.most:g}，请核对仪器和单位"
    written = str(row.get("time") or "").strip()
    when = _read_time(written, now)
    if isinstance(when, str):
        return when
    stamp = when.timestamp()
    if known.adds_up and stamp % _HOUR_S:
        return f"{known.zh}应以整点结束，收到的是 {written}"
    return Reading(written, stamp, station, name, value, line)


def _read_value(raw: Any) -> float | str:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return "没有数值；缺测的时次按缺测处理，不按 0 计"
    if isinstance(raw, bool):
        return f"数值应为数字，收到的是 {raw!r}"
    try:
        value = float(raw)
    except (TypeError, ValueError):
        return f"数值应为数字，收到的是 {raw!r}"
    return value if math.isfinite(value) else f"数值应为有限的数字，收到的是 {raw!r}"


def _read_time(written: str, now: datetime | None) -> datetime | str:
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return f"时间“{written}”不是 ISO 8601 格式，例如 2016-07-20T12:00:00+08:00"
    if when.tzinfo is None:
        return f"时间“{written}”没有时区偏移，例如 +08:00"
    if when < _EARLIEST:
        return f"时间“{written}”早于 1971 年，疑为时钟未校"
    if now is not None and when > now:
        return f"时间“{written}”晚于现在（{now.isoformat()}），疑为时钟有误"
    return when
