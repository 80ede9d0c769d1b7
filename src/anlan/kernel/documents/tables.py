"""Tables that break well: the head is repeated on every page, a row stays whole, a day stays with its first row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from . import typeface as measures
from .model import SIMULATED, Column, Document, Table, Timeline, chinese_date
from .styles import child, twips
from .text import clean, width
from .writer import Writer, exact_line, keep_with_next, write_into

_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
_PADDING_PT = 4.0
_MOST_LINES = 24
"""A row higher than this would not fit a page and may therefore break."""


def cell_text(value: object) -> str:
    """How a value prints in a table: unknown as a dash, yes and no as words, dates in the paper's form."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return f"{value:g}" if isinstance(value, float) else f"{value:f}"
    return clean(value)


def write_table(writer: Writer, table: Table) -> None:
    _caption(writer, table.caption)
    columns = table.columns
    grid = _open(writer, columns)
    if not table.rows:
        row = grid.add_row()
        _whole(row)
        merged = row.cells[0].merge(row.cells[-1])
        _fill(merged, table.empty, "Cell", WD_ALIGN_PARAGRAPH.CENTER)
    for number, values in enumerate(table.rows, 1):
        texts = [cell_text(value) for value in values]
        last = table.total and number == len(table.rows)
        _row(grid, columns, texts, bold=last, keep=table.total and number == len(table.rows) - 1)
    _note(writer, table.note)


def write_timeline(writer: Writer, doc: Document, timeline: Timeline) -> None:
    """Moments sorted by time; a line with the day opens each day and stays with what follows it."""
    _caption(writer, timeline.caption)
    sourced = any(moment.source for moment in timeline.moments)
    columns: tuple[Column, ...] = (Column("时间", 0.12, "center"), Column("事项", 0.62 if sourced else 0.88))
    if sourced:
        columns += (Column("来源", 0.26),)
    grid = _open(writer, columns)
    day: date | None = None
    moments = sorted(timeline.moments, key=lambda moment: doc.local(moment.at).replace(tzinfo=None))
    for moment in moments:
        at = doc.local(moment.at)
        if at.date() != day:
            day = at.date()
            row = grid.add_row()
            _whole(row)
            merged = row.cells[0].merge(row.cells[-1])
            _fill(merged, chinese_date(day), "HeadCell", WD_ALIGN_PARAGRAPH.LEFT)
        text = f"【{SIMULATED}】{moment.text}" if moment.simulated else moment.text
        texts = [at.strftime("%H:%M"), cell_text(text)]
        _row(grid, columns, [*texts, cell_text(moment.source)] if sourced else texts)
    if not moments:
        row = grid.add_row()
        _fill(row.cells[0].merge(row.cells[-1]), "（无记录）", "Cell", WD_ALIGN_PARAGRAPH.CENTER)
    _note(writer, "")


def _caption(writer: Writer, caption: str) -> None:
    if caption:
        writer.tables += 1
        keep_with_next(writer.paragraph(f"表{writer.tables}　{caption}", "Caption"))


def _note(writer: Writer, note: str) -> None:
    """Small print under a table, or a little air."""
    paragraph = writer.paragraph(f"注：{note}" if note else "", "Small")
    paragraph.paragraph_format.space_after = Pt(6)
    if not note:
        exact_line(paragraph, 8)


def _open(writer: Writer, columns: Sequence[Column]) -> Any:
    grid = writer.docx.add_table(rows=1, cols=len(columns))
    tbl = grid._tbl
    props = tbl.tblPr
    for old in list(props):
        props.remove(old)
    total = twips(measures.AREA_PT[0])
    child(props, "w:tblW", w=total, type="dxa")
    child(props, "w:jc", val="center")
    borders = child(props, "w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        outer = edge in ("top", "bottom")
        child(borders, f"w:{edge}", val="single", sz=8 if outer else 4, space=0, color="000000")
    child(props, "w:tblLayout", type="fixed")
    margins = child(props, "w:tblCellMar")
    for edge, points in (("top", 1.5), ("left", _PADDING_PT), ("bottom", 1.5), ("right", _PADDING_PT)):
        child(margins, f"w:{edge}", w=twips(points), type="dxa")
    for element, size in zip(tbl.tblGrid.findall(qn("w:gridCol")), _widths(columns), strict=True):
        element.set(qn("w:w"), str(twips(size)))
    head = grid.rows[0]
    props_of_row = head._tr.get_or_add_trPr()
    child(props_of_row, "w:cantSplit")
    child(props_of_row, "w:tblHeader")
    for cell, column in zip(head.cells, columns, strict=True):
        _fill(cell, column.label, "HeadCell", WD_ALIGN_PARAGRAPH.CENTER)
    return grid


def _widths(columns: Sequence[Column]) -> list[float]:
    whole = sum(max(column.width, 0.01) for column in columns)
    return [measures.AREA_PT[0] * max(column.width, 0.01) / whole for column in columns]


def _row(grid: Any, columns: Sequence[Column], texts: list[str], *, bold: bool = False, keep: bool = False) -> None:
    row = grid.add_row()
    rooms = [(size - 2 * _PADDING_PT) / measures.SIZE_SMALL_4 for size in _widths(columns)]
    lines = max(
        sum(-(-width(part) // max(1.0, room)) or 1 for part in text.split("\n"))
        for text, room in zip(texts, rooms, strict=True)
    )
    if lines <= _MOST_LINES:
        _whole(row)
    for cell, column, text in zip(row.cells, columns, texts, strict=True):
        paragraph = _fill(cell, text, "Cell", _ALIGN[column.align])
        if keep:
            keep_with_next(paragraph)
        if bold:
            for run in paragraph.runs:
                run.bold = True


def _whole(row: Any) -> None:
    child(row._tr.get_or_add_trPr(), "w:cantSplit")


def _fill(cell: Any, text: str, style: str, align: WD_ALIGN_PARAGRAPH) -> Any:
    paragraph = cell.paragraphs[0]
    if style == "Cell" and text.isascii() and any(c.isdigit() for c in text):
        style = "FigureCell"  # a face whose figures are equally wide, so that columns of figures line up
    write_into(paragraph, text, style)
    paragraph.alignment = align
    props = cell._tc.get_or_add_tcPr()
    child(props, "w:vAlign", val="center")
    return paragraph
