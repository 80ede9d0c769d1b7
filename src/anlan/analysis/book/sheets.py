"""The table of criteria as a spreadsheet: out, and back in as typed cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from anlan.kernel.spreadsheet import Column, read_table, write_xlsx

from .table import COLUMNS, OF_CRITERION, OF_ROW, Row, read_key

KEY = "key"
_KEY_LABEL = "行号"
HEADINGS = (
    Column(KEY, _KEY_LABEL, required=True, max_length=200), Column("criterion", COLUMNS["criterion"]), Column("level", COLUMNS["level"]),
    Column("joined", COLUMNS["joined"]), *(Column(name, COLUMNS[name], max_length=400) for name in (*OF_ROW, *OF_CRITERION)),
)  # fmt: skip


def sheet_of(rows: Sequence[Row], title: str) -> bytes:
    """The rows as .xlsx; 行号 tells on the way back which condition a line is."""
    lines = [{KEY: r.key, "criterion": r.zh, "level": r.level_zh, "joined": r.joined, **r.cells} for r in rows]
    return write_xlsx(HEADINGS, lines, title=title, notes=[_("只改阈值等列，不要改行号；改好后在草稿页导入")])


def rows_in(content: bytes, filename: str) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Typed cells by row as `services.edit_cells` takes them, and the lines that could not be read. Raises TableRefused."""
    found = read_table(content, filename, HEADINGS, key=(KEY,))
    problems = [
        {"key": f"第 {e.line} 行", "column": e.column, "message": e.message, "mend": e.mend} for e in found.errors
    ]
    rows = []
    for line in found.rows:
        parts = read_key(str(line.values[KEY]))
        if parts is None:
            problems.append({
                "key": f"第 {line.line} 行", "column": "行号", "message": _("行号认不出来"), "mend": _("请用导出的表格修改，不要改行号"),
            })  # fmt: skip
            continue
        rows.append(
            {
                "criterion": parts[0],
                "level": parts[1],
                "path": parts[2],
                "station": parts[3],
                "cells": _cells(line.values),
            }
        )
    return rows, problems


def _cells(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if values.get(name) is None else str(values[name]) for name in (*OF_ROW, *OF_CRITERION)}
