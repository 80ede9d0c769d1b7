"""An event to try a plan on: JSON lines, each a time and what was known from then on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

from anlan.kernel.doors import parse_json

from ..data.trying_rules import trying_rules
from ..plan_files import Finding

BEIJING = timezone(timedelta(hours=8))
EXAMPLE = '{"time": "2016-07-20T11:00:00+08:00", "facts": {"rain_24h_mm": 106, "area_pct": 60}}'


@dataclass(frozen=True, slots=True)
class Moment:
    """`facts` hold from `time` (aware) until another line says otherwise; null makes a figure unknown again."""

    time: datetime
    facts: Mapping[str, Any]
    line: int


def read_event(text: str) -> tuple[list[Moment], list[Finding]]:
    """Moments in the order of time, and what is wrong with single lines (the rest is read). A time without zone is Beijing time."""
    lines = text.splitlines()
    if text.lstrip().startswith("["):
        lines = _of_list(text) or lines
    return read_lines(lines)


def read_lines(lines: Iterable[str]) -> tuple[list[Moment], list[Finding]]:
    moments: list[Moment] = []
    findings: list[Finding] = []
    most = trying_rules().most_lines
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(moments) >= most:
            findings.append(
                Finding(
                    "too_many", f"第 {number} 行", f"超过 {most} 行，以后的没有读", "加大间隔，或分段推演", "warning"
                )
            )
            break
        found = _read(number, line)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            moments.append(found)
    if any(a.time > b.time for a, b in pairwise(moments)):
        findings.append(Finding("unordered", "", "有的行时间早于上一行，已按时间重新排列", "核对时间", "advice"))
        moments.sort(key=lambda m: m.time)
    return moments, findings


def _read(number: int, line: str) -> Moment | Finding:
    where = f"第 {number} 行"
    try:
        data = parse_json(line)
    except (ValueError, RecursionError) as wrong:
        return Finding("not_json", where, f"不是有效的 JSON：{wrong}", f"每行一个，例如 {EXAMPLE}")
    if not isinstance(data, Mapping) or "time" not in data:
        return Finding("no_time", where, "没有 time", f"每行一个，例如 {EXAMPLE}")
    at = _time(data["time"])
    if at is None:
        return Finding(
            "bad_time", f"{where}.time", f"读不懂时间 {data['time']!r:.60}", "写成 2016-07-20T11:00:00+08:00"
        )
    facts = data.get("facts")
    if not isinstance(facts, Mapping):
        return Finding("no_facts", f"{where}.facts", "facts 应是一个对象（变量：数值）", f"例如 {EXAMPLE}")
    return Moment(at, facts, number)


def _time(raw: Any) -> datetime | None:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw) and 0 <= raw < 4e9:
        return datetime.fromtimestamp(raw, BEIJING)
    if not isinstance(raw, str):
        return None
    try:
        at = datetime.fromisoformat(raw.strip())
    except ValueError:
        return None
    try:
        # By the clock of the place, whatever offset the file has: who reads 07-19 18:00 would take it for the evening.
        return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).astimezone(BEIJING)
    except (ValueError, OverflowError):
        return None


def _of_list(text: str) -> list[str]:
    """The elements of one JSON array as lines, so that both forms are read alike."""
    try:
        given = parse_json(text)
    except (ValueError, RecursionError):
        return []
    return [json.dumps(one, ensure_ascii=False) for one in given] if isinstance(given, list) else []
