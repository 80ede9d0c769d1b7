"""Events to try a plan on without a recording: one made from the plan itself, or a small table typed by hand."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from anlan.kernel.conditions import AllOf, AnyOf, Condition, Leaf

from ..data.plan_document import Plan
from ..data.variables import words
from ..plan_files import Finding
from .event import BEIJING, Moment

STEP = timedelta(hours=3)
HEADS = ("时间", "time")


def sample_table(plan: Plan, begins: datetime) -> str:
    """An invented event as a table: every three hours the first condition of the next higher level is reached, then all is quiet.

    Lines ``时间, 变量, 数值, 面积占比``; times in Beijing time.
    """
    rows: list[tuple[datetime, str, str, str]] = []
    at = begins
    touched: dict[str, Leaf] = {}
    for level in reversed(plan.levels):
        for leaf in _first_way(level.triggers):
            touched[leaf.key] = leaf
            rows.append((at, leaf.key, _shown(_enough(leaf)), f"{leaf.area_pct:g}" if leaf.area_pct else ""))
        at += STEP
    for key, leaf in touched.items():
        rows.append((at, key, _shown(_calm(leaf)), "100" if leaf.area_pct else ""))
    lines = ["时间, 变量, 数值, 面积占比%"]
    lines += [
        f"{when:%Y-%m-%d %H:%M}, {words().name(key)}, {value}, {area}".rstrip(", ") for when, key, value, area in rows
    ]
    return "\n".join(lines)


def read_table(text: str, plan: Plan) -> tuple[list[Moment], list[Finding]]:
    """Moments of a table typed or pasted (commas or tabs): time, variable by code or Chinese name, figure, share of the area.

    A bad line is told and the rest is read. ``不详`` or an empty figure is unknown.
    """
    names = {words().name(key): key for key in plan.variables} | {key: key for key in plan.variables}
    kinds = {key: variable.kind for key, variable in plan.variables.items()}
    texts = {said: code for code, said in words().texts.items() if code not in ("true", "false")}
    by_time: dict[datetime, tuple[int, dict[str, Any]]] = {}
    findings: list[Finding] = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [c.strip() for c in next(csv.reader([line.replace("\t", ",").replace("，", ",")]), [])]
        if not any(cells) or cells[0] in HEADS:
            continue
        where = f"第 {number} 行"
        at = _time(cells[0])
        if at is None or len(cells) < 3:
            findings.append(
                Finding("bad_line", where, f"读不懂“{line.strip()[:60]}”", "写成：2016-07-20 09:00, 1小时雨量, 55")
            )
            continue
        key = names.get(cells[1])
        if key is None:
            findings.append(
                Finding(
                    "unknown_variable",
                    where,
                    f"本预案没有“{cells[1][:40]}”这个量",
                    f"可用的有：{'、'.join(list(names)[:8])}…",
                )
            )
            continue
        value = _value(cells[2], kinds[key], texts)
        if value is _BAD:
            findings.append(
                Finding(
                    "bad_figure", where, f"“{cells[2][:40]}”不是{words().name(key)}的数值", "数量填数字，不知道填“不详”"
                )
            )
            continue
        fact: Any = value
        if len(cells) > 3 and cells[3] and value is not None:
            share = _number(cells[3].rstrip("%"))
            if share is None:
                findings.append(Finding("bad_share", where, f"面积占比“{cells[3][:20]}”不是数字", "填 0 到 100"))
                continue
            fact = {"value": value, "area_pct": share}
        by_time.setdefault(at, (number, {}))[1][key] = fact
    return [Moment(at, facts, number) for at, (number, facts) in sorted(by_time.items())], findings


#: A table in the page has so many empty lines at its end; a longer event is shown by its result only.
NEW_LINES, MOST_SHOWN = 6, 60


def event_variables(plan: Plan) -> list[tuple[str, str]]:
    """(code, name with unit) of what the plan asks for."""
    named = [(key, words().name(key), variable.unit or "") for key, variable in plan.variables.items()]
    return sorted(((key, f"{zh}（{unit}）" if unit else zh) for key, zh, unit in named), key=lambda one: one[1])


def event_rows(moments: Sequence[Moment], plan: Plan) -> list[dict[str, Any]]:
    """An event as lines of the page's table, with empty ones at the end; of figures that the plan asks for and that are one number."""
    rows = []
    for moment in moments:
        for key, fact in moment.facts.items():
            base, share = (fact.get("value"), fact.get("area_pct")) if isinstance(fact, Mapping) else (fact, None)
            if key not in plan.variables or not isinstance(base, int | float | str | bool):
                continue
            shown = words().value(base) if isinstance(base, bool | str) else f"{base:g}"
            rows.append(
                {
                    "at": f"{moment.time:%Y-%m-%d %H:%M}",
                    "var": key,
                    "value": shown,
                    "area": "" if share is None else f"{share:g}",
                }
            )
    rows = rows if len(rows) <= MOST_SHOWN else []
    blank = {"at": "", "var": "", "value": "", "area": ""}
    return [{**row, "n": n} for n, row in enumerate([*rows, *[dict(blank) for _ in range(NEW_LINES)]])]


def typed_table(given: Mapping[str, str]) -> str:
    """The lines of the page's table as `read_table` reads them; empty when none was filled in. A line without time takes the one above."""
    lines, at = [], ""
    for n in range(MOST_SHOWN + NEW_LINES):
        var = given.get(f"row.{n}.var", "").strip()
        at = given.get(f"row.{n}.at", "").strip() or at
        if var:
            cells = (at, var, given.get(f"row.{n}.value", ""), given.get(f"row.{n}.area", ""))
            lines.append(", ".join(cell.strip().replace(",", " ") for cell in cells).rstrip(", "))
    return "\n".join(lines)


_BAD = object()


def _value(text: str, kind: str, texts: Mapping[str, str]) -> Any:
    if text in ("", "不详", "未知", "null"):
        return None
    if kind == "flag":
        return {"是": True, "true": True, "否": False, "false": False}.get(text, _BAD)
    if kind == "text":
        return texts.get(text, text)
    number = _number(text)
    return _BAD if number is None else number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e12 else None


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def _first_way(condition: Condition) -> list[Leaf]:
    """The leaves of the first alternative that figures can fulfil."""
    match condition:
        case AnyOf(parts):
            ways = [_first_way(part) for part in parts]
            numbers = [way for way in ways if way and all(leaf.kind == "number" for leaf in way)]
            return next(iter(numbers), next((way for way in ways if way), []))
        case AllOf(parts):
            return [leaf for part in parts for leaf in _first_way(part)]
        case Leaf():
            return [condition]
    return []


def _enough(leaf: Leaf) -> Any:
    match leaf.op:
        case "range":
            return leaf.low
        case "is_true" | "is_false":
            return leaf.op == "is_true"
        case "in":
            return leaf.value[0]
        case ">" | "<":
            return leaf.value + (1 if leaf.op == ">" else -1) if leaf.kind == "number" else leaf.value
    return leaf.value


def _calm(leaf: Leaf) -> Any:
    if leaf.kind == "flag":
        return leaf.op != "is_true"
    if leaf.kind == "text":
        return leaf.order[0] if leaf.order else None
    return 0 if leaf.op not in ("<=", "<") else leaf.value * 10


def _shown(value: Any) -> str:
    return "不详" if value is None else words().value(value) if isinstance(value, bool | str) else f"{value:g}"
