"""What the pages of the book show: tables, changes, trials. In words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.conditions import leaves, parse

from ..models import CriteriaVersion
from .bodies import shipped_bodies, vocabulary
from .in_force import bodies_in_force, versions_at
from .table import COLUMNS, OF_CRITERION, OF_ROW, row_key, rows_of
from .unobserved import elements
from .words import FUNCTIONS, OPERATORS, level_said

__all__ = [
    "FUNCTIONS",
    "OPERATORS",
    "OWN_ZH",
    "changes",
    "column_of",
    "columns",
    "in_force",
    "of_version",
    "trial",
    "versions",
]

OWN_ZH = {
    "warning_m": _("警戒水位(m)"), "guarantee_m": _("保证水位(m)"), "record_m": _("历史最高水位(m)"), "prepare_m": _("准备转移水位(m)"),
    "transfer_m": _("立即转移水位(m)"), "tide_blue_m": _("蓝色警戒潮位(m)"), "tide_yellow_m": _("黄色警戒潮位(m)"),
    "tide_orange_m": _("橙色警戒潮位(m)"), "tide_red_m": _("红色警戒潮位(m)"), "prepare_1h_mm": _("准备转移1小时雨量(mm)"),
    "prepare_3h_mm": _("准备转移3小时雨量(mm)"), "prepare_6h_mm": _("准备转移6小时雨量(mm)"), "transfer_1h_mm": _("立即转移1小时雨量(mm)"),
    "transfer_3h_mm": _("立即转移3小时雨量(mm)"), "transfer_6h_mm": _("立即转移6小时雨量(mm)"),
}  # fmt: skip
#: Columns that are typed into; 单位 follows the property.
TYPED = (*(name for name in OF_ROW if name != "unit"), *OF_CRITERION)
_FAULTS = {
    "window_h": "window", "window_min": "window", "duration_h": "window", "consecutive_days": "window", "when": "value",
    "min": "value", "max": "value",
}  # fmt: skip


def columns() -> list[dict[str, Any]]:
    return [{"name": name, "label": label, "typed": name in TYPED} for name, label in COLUMNS.items()]


def column_of(column: str) -> str:
    """The column of the table that a fault belongs to."""
    return _FAULTS.get(column, column if column in COLUMNS else "value")


def in_force(at: datetime, path: str, show: str) -> list[dict[str, Any]]:
    """Criteria with their rows: ``{"body", "rows", "version", "law"}``; `law` marks a national standard changed here."""
    return [
        _group(body, version.number if version else None, set())
        for body, version in bodies_in_force(at, path)
        if show == "all" or body["scheme"] == show
    ]


def of_version(version: CriteriaVersion, show: str) -> list[dict[str, Any]]:
    """All criteria as a version has them: its own ones, and what ships for the rest; which cells differ is marked."""
    own = version.content.get("criteria", {})
    off = set(version.content.get("off", ()))
    found = []
    for name in dict.fromkeys([*shipped_bodies(), *own]):
        body = own.get(name) or shipped_bodies()[name]
        of_stations = any(name in form for form in version.content.get("stations", {}).values())
        if show == "changed" and name not in own and name not in off and not of_stations:
            continue
        if show in ("warning", "response") and body["scheme"] != show:
            continue
        group = _group(body, version.number if name in own else None, _differing(body))
        found.append({**group, "off": name in off, "own": name in own, "key": row_key(name)})
        found += [
            {
                **_group(form[name], version.number, _differing(form[name], code, body), code), "off": False, "own": True,
                "key": row_key(name, station=code),
            }
            for code, form in sorted(version.content.get("stations", {}).items()) if name in form
        ]  # fmt: skip
    return found


def _group(
    body: Mapping[str, Any], number: int | None, differing: set[tuple[str, str]], station: str = ""
) -> dict[str, Any]:
    rows = [
        {
            "row": row, "first": i == 0,
            "cells": [
                {
                    "name": name, "label": COLUMNS[name], "changed": (row.key, name) in differing,
                    "text": _(row.cells[name]) if name == "var" else row.cells[name],
                    "typed": name in TYPED and (name in OF_CRITERION or row.numeric),
                    "field": f"{row.key}:{name}",
                }
                for name in (*OF_ROW, *OF_CRITERION)
            ],
        }
        for i, row in enumerate(rows_of(body, station))
    ]  # fmt: skip
    premises = [
        elements()[leaf.var].zh
        for name in ("applies_when", "excluded_when") if body.get(name)
        for leaf in leaves(parse(body[name], vocabulary())) if leaf.var in elements()
    ]  # fmt: skip
    law = number is not None and body["id"] in shipped_bodies() and shipped_bodies()[body["id"]]["confidence"] == "high"
    return {"body": body, "rows": rows, "number": number, "law": law, "premises": premises, "station": station}


def _differing(
    body: Mapping[str, Any], station: str = "", base: Mapping[str, Any] | None = None
) -> set[tuple[str, str]]:
    """Cells that differ from what ships (of a station: from what the region has, `base`), by row and column."""
    shipped = base or shipped_bodies().get(body["id"])
    if shipped is None:
        return {(row.key, name) for row in rows_of(body, station) for name in row.cells}
    before = {row.key: row.cells for row in rows_of(shipped, station)}
    return {
        (row.key, name) for row in rows_of(body, station) for name, text in row.cells.items() if before.get(row.key, {}).get(name) != text
    }  # fmt: skip


def changes(version: CriteriaVersion) -> list[dict[str, Any]]:
    """What a version changed against the one that it was made from: ``{"what", "before", "after"}``, cell by cell."""
    base = version.based_on.content if version.based_on else {}
    found = []
    sets = [("", base.get("criteria", {}), version.content.get("criteria", {}))]
    stations = dict.fromkeys([*base.get("stations", {}), *version.content.get("stations", {})])
    sets += [
        (code, base.get("stations", {}).get(code, {}), version.content.get("stations", {}).get(code, {}))
        for code in stations
    ]
    for station, before, after in sets:
        for name in dict.fromkeys([*before, *after]):
            found += _changed_rows(
                station, before.get(name) or shipped_bodies().get(name), after.get(name) or shipped_bodies().get(name)
            )
    old, new = set(base.get("off", ())), set(version.content.get("off", ()))
    for name in sorted(old ^ new):
        zh = shipped_bodies().get(name, {"zh": name})["zh"]
        words = (_("在用"), _("停用")) if name in new else (_("停用"), _("在用"))
        found.append({"what": zh, "before": words[0], "after": words[1]})
    return found


def _changed_rows(
    station: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    old = {row.key: row for row in rows_of(before)} if before else {}
    new = {row.key: row for row in rows_of(after)} if after else {}
    found, said = [], set()
    for key in dict.fromkeys([*old, *new]):
        row = new.get(key) or old[key]
        where = f"{station + ' ' if station else ''}{row.zh} {row.level_zh}"
        if key not in old or key not in new:
            cells = row.cells
            text = f"{cells['window']}{cells['var']}{cells['op']}{cells['value']}{cells['unit']}"
            found.append({"what": where, "before": text if key in old else "", "after": text if key in new else ""})
            continue
        for name, text in new[key].cells.items():
            was = old[key].cells[name]
            once = (row.criterion, name) if name in OF_CRITERION else (key, name)
            if was != text and once not in said:
                said.add(once)
                who = f"{station + ' ' if station else ''}{row.zh}" if name in OF_CRITERION else where
                found.append({"what": f"{who} {COLUMNS[name]}", "before": was, "after": text})
    return found


def versions(at: datetime, path: str) -> list[CriteriaVersion]:
    """The versions that hold on a path at a moment, wider regions first."""
    return [row for row in versions_at(at) if path.startswith(row.scope)]


def trial(version: CriteriaVersion) -> dict[str, Any] | None:
    """What a trial found, by change: the draft only, in force only, both."""
    found = version.trial
    if not found:
        return None
    words = {"new": _("新增"), "gone": _("不再有"), "same": _("不变")}
    order = {"new": 0, "gone": 1, "same": 2}
    rows = sorted(found["rows"], key=lambda r: (order[r["change"]], r["time"]))
    return {
        **found,
        "rows": [
            {**r, "word": words[r["change"]], "level_zh": level_said(r["level"])} for r in rows[:500]
        ],
        "left_out": found["cut"] + max(0, len(rows) - 500),
    }  # fmt: skip
