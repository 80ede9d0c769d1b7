"""The book as a table: one row for each criterion, level and condition, and what a typed cell does to a criterion. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..data.criteria_files import shipped_properties
from .bodies import BadBody
from .typed import PUT, READ
from .words import (
    CONFIDENCES,
    FUNCTIONS,
    JOINED,
    OPERATORS,
    around_said,
    days_said,
    hours_said,
    level_said,
    minute_said,
    minutes_said,
    polygon_said,
    share_said,
    station_said,
)

#: Columns of a condition, and those of the whole criterion, which each of its rows shows.
OF_ROW = ("var", "fn", "window", "op", "value", "unit", "margin")
OF_CRITERION = ("clear_after", "hold_off_min", "season", "place", "source", "confidence")
COLUMNS = {
    "criterion": _("判据"), "level": _("级别"), "joined": _("组合"), "var": _("观测量"), "fn": _("统计"), "window": _("时段"),
    "op": _("比较"), "value": _("阈值"), "unit": _("单位"), "margin": _("解除回差"), "clear_after": _("解除需连续"),
    "hold_off_min": _("静默(分钟)"), "season": _("季节"), "place": _("范围"), "source": _("依据"), "confidence": _("可信度"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One condition of one level. `path` leads to it inside the level (``any.1.all.0``; "" for the only one)."""

    criterion: str
    zh: str
    level: str
    level_zh: str
    path: str
    joined: str
    cells: Mapping[str, str]
    numeric: bool
    station: str = ""

    @property
    def key(self) -> str:
        return row_key(self.criterion, self.level, self.path, self.station)


def row_key(criterion: str, level: str = "", path: str = "", station: str = "") -> str:
    """What names a row on the page and in a spreadsheet: ``rainstorm|red|any.1``, of one station ``rainstorm|red||STATION``."""
    return "|".join((criterion, level, path, *([station] if station else [])))


def read_key(text: str) -> tuple[str, str, str, str] | None:
    """Criterion, level, path and station ("" for the region) of a key; None for what is none."""
    parts = text.split("|")
    if len(parts) not in (3, 4):
        return None
    return parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else ""


def rows_of(body: Mapping[str, Any], station: str = "") -> list[Row]:
    """The rows of one criterion, highest level last as in the standards. `station`: whose own form of it this is."""
    shared = {
        "clear_after": f"{body['clear_after']:g}", "hold_off_min": f"{body['hold_off_min']:g}",
        "season": said_season(body.get("season") or ()), "place": said_place(body.get("place")), "source": body["source"],
        "confidence": str(CONFIDENCES[body["confidence"]]),
    }  # fmt: skip
    return [
        Row(
            body["id"], station_said(body["zh"], station) if station else body["zh"], one["level"], level_said(one["level"]), path,
            joined, {**_cells(leaf), **shared},
            leaf["op"] not in ("is_true", "is_false") and leaf["var"] in shipped_properties(), station,
        )
        for one in body["levels"]
        for path, joined, leaf in _leaves(one["when"], "", "")
    ]  # fmt: skip


def _leaves(when: Mapping[str, Any], path: str, joined: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name in ("any", "all"):
        if name in when:
            for i, part in enumerate(when[name]):
                deeper = f"{joined}{' › ' if joined else ''}{JOINED[name]}"
                yield from _leaves(part, f"{path}.{name}.{i}".lstrip("."), deeper)
            return
    if "not" in when:
        yield from _leaves(when["not"], f"{path}.not".lstrip("."), f"{joined}{' › ' if joined else ''}{JOINED['not']}")
    elif "var" in when:
        yield path, joined, when


def _cells(leaf: Mapping[str, Any]) -> dict[str, str]:
    known = shipped_properties().get(leaf["var"])
    fn = leaf.get("fn") or ("held" if leaf.get("duration_h") or leaf.get("consecutive_days") else "")
    if not fn and known and known.adds_up and (leaf.get("window_h") or leaf.get("window_min")):
        fn = "sum"
    note = share_said(leaf["area_pct"]) if leaf.get("area_pct") else ""
    return {
        "var": (known.zh if known else leaf["var"]) + note, "fn": str(FUNCTIONS[fn]), "window": said_window(leaf),
        "op": str(OPERATORS[leaf["op"]]), "value": said_value(leaf), "unit": _unit(leaf),
        "margin": f"{leaf['margin']:g}" if leaf.get("margin") else "",
    }  # fmt: skip


def _unit(leaf: Mapping[str, Any]) -> str:
    own = {"obtained": "%", "silence": minute_said()}.get(leaf.get("fn") or "")
    return own or leaf.get("unit") or ""


def said_window(leaf: Mapping[str, Any]) -> str:
    if leaf.get("consecutive_days"):
        return days_said(leaf["consecutive_days"])
    if leaf.get("window_min"):
        return minutes_said(leaf["window_min"])
    hours = leaf.get("window_h") or leaf.get("duration_h")
    return hours_said(hours) if hours else ""


def said_value(leaf: Mapping[str, Any]) -> str:
    if leaf["op"] == "range":
        return f"{leaf['min']:g}～{leaf['max']:g}"
    value = leaf.get("value")
    if value is None:
        return ""
    return "、".join(_said(v) for v in value) if isinstance(value, list) else _said(value)


def _said(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


def said_season(season: Sequence[Sequence[str]]) -> str:
    return "、".join(f"{a}～{b}" for a, b in season)


def said_place(place: Mapping[str, Any] | None) -> str:
    if not place:
        return ""
    if "centre" in place:
        return around_said(place["centre"], place["radius_km"])
    return polygon_said()


def put_cells(body: Mapping[str, Any], level: str, path: str, cells: Mapping[str, str]) -> dict[str, Any]:
    """The body with what was typed into the cells of one row. Raises BadBody naming the column; whether the whole is a
    criterion is for `bodies.read_body` to say."""
    made = deepcopy(dict(body))
    shown = next((row.cells for row in rows_of(body) if (row.level, row.path) == (level, path)), {})
    cells = {name: text for name, text in cells.items() if text.strip() != shown.get(name)}
    for column in OF_CRITERION:
        if column in cells:
            made[column] = READ[column](cells[column].strip())
    own = {name: cells[name].strip() for name in OF_ROW if name in cells}
    if own:
        leaf = find_leaf(made, level, path)
        for name in ("var", "op", "value", "fn", "window", "margin"):
            if name in own:
                PUT[name](leaf, own[name], own)
    return made


def find_leaf(body: Mapping[str, Any], level: str, path: str) -> dict[str, Any]:
    """The condition of a row inside a body, to be changed. Raises BadBody when it is not there (any more)."""
    part: Any = next((one["when"] for one in body["levels"] if one["level"] == level), None)
    try:
        for step in path.split(".") if path else ():
            part = part[int(step)] if step.isdecimal() else part[step]
        if "var" in part:
            return part  # type: ignore[no-any-return]
    except (KeyError, IndexError, TypeError):
        pass
    raise BadBody(f"{body['id']} {level}", "level", "没有这一行", "可能已被删去；请刷新后再改")


def add_beside(body: Mapping[str, Any], level: str, path: str, how: str) -> dict[str, Any]:
    """The body with a copy of a row beside it, joined by `how` (``any`` or ``all``)."""
    made = deepcopy(dict(body))
    leaf = find_leaf(made, level, path)
    copy = deepcopy(leaf)
    parent_path, _dot, last = path.rpartition(".")
    parent_key = parent_path.rpartition(".")[2]
    if last.isdecimal() and parent_key == how:
        siblings = _at(made, level, parent_path)
        siblings.insert(int(last) + 1, copy)
        return made
    joined = {how: [deepcopy(leaf), copy]}
    leaf.clear()
    leaf.update(joined)
    return made


def remove(body: Mapping[str, Any], level: str, path: str) -> dict[str, Any]:
    """The body without a row; a level without rows goes too. Raises BadBody when nothing would be left."""
    made = deepcopy(dict(body))
    find_leaf(made, level, path)
    parent_path, _dot, last = path.rpartition(".")
    if not last.isdecimal():
        made["levels"] = [one for one in made["levels"] if one["level"] != level]
    else:
        siblings = _at(made, level, parent_path)
        siblings.pop(int(last))
        if len(siblings) == 1:
            holder = _at(made, level, parent_path.rpartition(".")[0])
            only = siblings[0]
            holder.clear()
            holder.update(only)
    if not made["levels"]:
        raise BadBody(made["id"], "level", "判据至少要有一行", "不要这条判据时，请用“停用”")
    return made


def _at(body: Mapping[str, Any], level: str, path: str) -> Any:
    part: Any = next(one["when"] for one in body["levels"] if one["level"] == level)
    for step in path.split(".") if path else ():
        part = part[int(step)] if step.isdecimal() else part[step]
    return part
