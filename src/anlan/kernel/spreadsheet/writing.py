"""Tables out: streamed to .xlsx or .csv, and nothing in them that a spreadsheet program would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.timezone import get_current_timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from .column import RISKY, Column

CELL_CHARACTERS = 32_767
"""What a cell of .xlsx can hold."""

WIDTHS = {"text": 18, "int": 10, "decimal": 12, "date": 12, "datetime": 18, "choice": 12, "bool": 8, "lonlat": 22}

Row = Mapping[str, Any] | Sequence[Any]

_SURROGATES = re.compile("[\ud800-\udfff]")


def write_xlsx(
    columns: Sequence[Column], rows: Iterable[Row], *, title: str, notes: Sequence[str] = (), zone: tzinfo | None = None
) -> bytes:
    """The table as .xlsx bytes: title, notes, heading, one line a row (mappings by column name, or sequences).

    Rows are streamed. Times are shown in `zone` (the current one by default); what looks like a formula stays text.
    """
    zone = zone or get_current_timezone()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_title(title))
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column_width(column)
    head = 2 + len(notes)
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.append([_styled(sheet, title, Font(bold=True, size=14))])
    for note in notes:
        sheet.append([_styled(sheet, note, Font(color="666666"))])
    sheet.append([head_cell(WriteOnlyCell(sheet, safe_text(column.label))) for column in columns])
    count = 0
    try:
        for row in rows:
            sheet.append([_cell(sheet, value) for value in _values(columns, row, zone)])
            count += 1
    except BaseException:
        sheet.close()
        raise
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{head + count}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_csv(columns: Sequence[Column], rows: Iterable[Row], *, zone: tzinfo | None = None) -> bytes:
    """The table as .csv, with a byte order mark for office programs; text that they would run gets a leading '."""
    zone = zone or get_current_timezone()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_guarded(safe_text(column.label)) for column in columns])
    for row in rows:
        writer.writerow([_csv_value(value) for value in _values(columns, row, zone)])
    return out.getvalue().encode("utf-8-sig")


def cell_value(column: Column, value: Any, zone: tzinfo) -> Any:
    """A value as it stands in a cell: labels instead of codes, 是/否, local times; None stays blank."""
    if value is None:
        return None
    if column.kind == "choice":
        return _label(column, value)
    if column.kind == "choices":
        return "、".join(_label(column, part) for part in value)
    if column.kind == "lonlat" and not isinstance(value, str):
        lon, lat = value
        return f"{lon:.7g},{lat:.7g}" if abs(lon) < 100 else f"{lon:.8g},{lat:.7g}"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None, microsecond=0) if value.tzinfo else value
    if isinstance(value, int | float | Decimal):
        # Beyond 15 figures a spreadsheet program changes the last ones; NaN has no cell at all.
        if isinstance(value, int) and abs(value) >= 10**15:
            return str(value)
        return None if value != value else value
    return value if isinstance(value, date) else safe_text(value)


def safe_text(value: Any) -> str:
    """Text that a cell can hold."""
    text = _SURROGATES.sub("", ILLEGAL_CHARACTERS_RE.sub("", str(value)))
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 10] + "…（过长，已截断）"[:10]


def sheet_title(title: str) -> str:
    """A name that a sheet may have."""
    return re.sub(r"[\[\]:*?/\\']", "", safe_text(title))[:31] or "Sheet1"


def column_width(column: Column) -> float:
    label = sum(2.2 if ord(c) > 255 else 1.1 for c in str(column.label)) + 3
    return max(label, WIDTHS.get(column.kind, 18))


def head_cell(cell: Any) -> Any:
    """Give a cell the look of a heading; its content is text whatever it begins with."""
    cell.data_type = "s"
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E7EBEF")
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.border = Border(bottom=Side(style="thin", color="666666"))
    return cell


def _values(columns: Sequence[Column], row: Row, zone: tzinfo) -> list[Any]:
    if isinstance(row, Mapping):
        return [cell_value(column, row.get(column.name), zone) for column in columns]
    return [cell_value(column, value, zone) for column, value in zip(columns, row, strict=True)]


def _label(column: Column, value: Any) -> str:
    for known, label in column.choices:
        if known == value:
            return safe_text(label)
    return safe_text(value)


def _cell(sheet: Any, value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith(RISKY)):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    cell.quotePrefix = True  # stays text when somebody edits the cell
    return cell


def _styled(sheet: Any, text: str, font: Font) -> Any:
    cell = WriteOnlyCell(sheet, safe_text(text))
    cell.data_type = "s"
    cell.font = font
    return cell


def _guarded(text: str) -> str:
    return "'" + text if text.startswith(RISKY) else text


def _csv_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return f"{value:.15g}"
    return _guarded(value) if isinstance(value, str) else value
