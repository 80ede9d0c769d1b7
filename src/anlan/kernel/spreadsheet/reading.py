"""Reading a table line by line: good lines become values, faults are told with line, column and how to mend them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from .cells import CellFault, as_text, is_blank, parse_cell
from .column import Column
from .heading import SEARCHED, Heading, find_heading
from .opening import MAX_ROWS, Line, TableRefused, open_table

MAX_ERRORS = 2000


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A line without fault: values by column name, None where nothing was filled in."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowError:
    """One fault: line as the spreadsheet program shows it, heading, what stood there, why, and how to mend it."""

    line: int
    column: str
    value: str
    message: str
    mend: str


@dataclass(slots=True)
class TableResult:
    """What was read. `rows` are the lines without fault; `unknown` headings and `sheets_ignored` were not read.

    `lines` counts the lines with content. With more than 2,000 faults the rest is only counted in `errors_left_out`.
    """

    sheet: str = ""
    heading_line: int = 0
    lines: int = 0
    rows: list[ParsedRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    errors_left_out: int = 0
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    sheets_ignored: list[str] = field(default_factory=list)

    def add(self, error: RowError) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(error)
        else:
            self.errors_left_out += 1


def read_table(
    content: bytes,
    filename: str,
    columns: Sequence[Column],
    *,
    key: Sequence[str] = (),
    zone: tzinfo | None = None,
) -> TableResult:
    """Read the first sheet that has a heading known to `columns`.

    `key` names the columns that together tell rows apart: a second line with the same key is a fault. Times without a
    zone are taken in `zone` (the current one by default). Raises TableRefused when the file as a whole cannot be read;
    a required column that is absent, or one that comes twice, is told in `errors` and no line is read then.
    """
    result = TableResult()
    chosen: tuple[Heading, list[Line], Iterator[Line]] | None = None
    for title, lines in open_table(content, filename):
        if chosen:
            result.sheets_ignored.append(title)
            continue
        first = list(itertools.islice(lines, SEARCHED))
        heading = find_heading(first, columns)
        if heading is None:
            result.sheets_ignored.append(title)
            continue
        result.sheet = title
        chosen = heading, first, lines
    if chosen is None:
        expected = "、".join(str(column.label) for column in columns if column.required) or str(columns[0].label)
        raise TableRefused(
            _("“%(name)s”里没有找到表头") % {"name": filename},
            mend=_("表头应在前 %(n)d 行，至少有：%(columns)s；可先下载模板") % {"n": SEARCHED, "columns": expected},
        )
    heading, first, rest = chosen
    result.heading_line, result.unknown = heading.line, heading.unknown
    if _heading_faults(result, heading, columns):
        return result
    reader = _Reader(result, heading, columns, key, zone or get_current_timezone())
    for number, cells in itertools.chain(first[heading.taken :], rest):
        reader.read(number, cells, filename)
    return result


def _heading_faults(result: TableResult, heading: Heading, columns: Sequence[Column]) -> bool:
    present = {column.name for column in heading.columns.values()}
    for column in columns:
        if column.required and column.name not in present:
            result.missing.append(str(column.label))
            result.add(
                RowError(
                    heading.line, str(column.label), "", _("表头缺少这一列"), _("请补上这一列，或下载模板按模板填写")
                )
            )
    for column, place in heading.doubled:
        result.add(RowError(heading.line, str(column.label), place, _("表头里这一列出现了两次"), _("请只保留一列")))
    return bool(result.errors)


class _Reader:
    def __init__(
        self, result: TableResult, heading: Heading, columns: Sequence[Column], key: Sequence[str], zone: tzinfo
    ) -> None:
        self.result, self.zone = result, zone
        self.places = sorted(heading.columns.items())
        self.empty = {column.name: None for column in columns}
        self.key = tuple(key)
        self.labels = "、".join(str(column.label) for column in columns if column.name in self.key)
        self.seen: dict[tuple[Any, ...], int] = {}

    def read(self, number: int, cells: list[Any], filename: str) -> None:
        picked = [(column, cells[place] if place < len(cells) else None) for place, column in self.places]
        if all(is_blank(raw) for _column, raw in picked):
            return
        self.result.lines += 1
        if self.result.lines > MAX_ROWS:
            raise TableRefused(
                _("“%(name)s”超过 %(limit)d 行") % {"name": filename, "limit": MAX_ROWS},
                mend=_("请分成几个文件，每个不超过 %(limit)d 行") % {"limit": MAX_ROWS},
            )
        values: dict[str, Any] = dict(self.empty)
        sound = True
        for column, raw in picked:
            try:
                value = parse_cell(column, raw, self.zone)
                if column.required and (value is None or value == ()):
                    raise CellFault(_("必填项没有填写"), _("请填%(expected)s") % {"expected": column.expected()})
                values[column.name] = value
            except CellFault as fault:
                sound = False
                shown = "" if raw is None else as_text(raw)[:80]
                self.result.add(RowError(number, str(column.label), shown, fault.message, fault.mend))
        if sound and self._first(number, values):
            self.result.rows.append(ParsedRow(number, values))

    def _first(self, number: int, values: dict[str, Any]) -> bool:
        if not self.key:
            return True
        key = tuple(values.get(name) for name in self.key)
        if all(part is None for part in key):
            return True
        before = self.seen.setdefault(key, number)
        if before == number:
            return True
        self.result.add(
            RowError(
                number,
                self.labels,
                "、".join(as_text(part) for part in key if part is not None)[:80],
                _("与第 %(line)d 行重复") % {"line": before},
                _("请删去其中一行，或改正%(columns)s") % {"columns": self.labels},
            )
        )
        return False
