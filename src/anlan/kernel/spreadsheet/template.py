"""An empty table to fill in: heading, lists to choose from, and a sheet that says what goes where."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from .column import Column
from .writing import column_width, head_cell, safe_text, sheet_title

ROWS = 5000
"""Lines that carry the lists and formats."""


def template_xlsx(columns: Sequence[Column], *, title: str = "", notes: Sequence[str] = ()) -> bytes:
    """The template as .xlsx bytes; what is filled in reads back with `read_table` and the same columns."""
    book = Workbook()
    sheet = book.active
    sheet.title = sheet_title(title or _("数据"))
    sheet.freeze_panes = "A2"
    lists = _Lists(book)
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column_width(column)
        # Text keeps leading zeros and long numbers only in cells that are text from the beginning.
        sheet.column_dimensions[letter].number_format = _FORMATS.get(column.kind, "@")
        head_cell(sheet.cell(1, number, safe_text(column.label) + ("*" if column.required else "")))
        rule = lists.rule(column)
        if rule is not None:
            rule.error = _("请填%(expected)s") % {"expected": column.expected()[:180]}
            rule.errorTitle = safe_text(column.label)[:30]
            rule.add(f"{letter}2:{letter}{ROWS + 1}")
            sheet.add_data_validation(rule)
    sheet.row_dimensions[1].height = 24
    _explain(book.create_sheet(_("填写说明"), 1), columns, notes)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_FORMATS = {"int": "0", "decimal": "General", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}


class _Lists:
    """Lists of choices on a hidden sheet: inside a rule they may have 255 characters at most and no comma."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.sheet: Any = None
        self.count = 0

    def rule(self, column: Column) -> DataValidation | None:
        blank = not column.required
        if column.kind == "choice":
            return DataValidation(type="list", formula1=self._range(column.labels_of_choices()), allow_blank=blank)
        if column.kind == "bool":
            return DataValidation(type="list", formula1='"是,否"', allow_blank=blank)
        if column.kind in ("int", "decimal"):
            low, high = column.minimum, column.maximum
            if low is None and high is None:
                return None
            operator = "between" if low is not None and high is not None else "greaterThanOrEqual"
            if low is None:
                operator = "lessThanOrEqual"
            kind = "whole" if column.kind == "int" else "decimal"
            first = high if low is None else low
            return DataValidation(
                type=kind,
                operator=operator,
                formula1=f"{first:g}",
                formula2=f"{high:g}" if operator == "between" else None,
                allow_blank=blank,
            )
        if column.kind == "text" and column.max_length:
            return DataValidation(
                type="textLength", operator="lessThanOrEqual", formula1=str(column.max_length), allow_blank=blank
            )
        return None

    def _range(self, labels: list[str]) -> str:
        if self.sheet is None:
            self.sheet = self.book.create_sheet("choices")
            self.sheet.sheet_state = "hidden"
        self.count += 1
        for row, label in enumerate(labels, 1):
            cell = self.sheet.cell(row, self.count, safe_text(label))
            cell.data_type = "s"
        letter = get_column_letter(self.count)
        return f"choices!${letter}$1:${letter}${len(labels)}"


def _explain(sheet: Any, columns: Sequence[Column], notes: Sequence[str]) -> None:
    for letter, wide in zip("ABCD", (22, 8, 46, 60), strict=True):
        sheet.column_dimensions[letter].width = wide
    for note in [*notes, _("带 * 的列必填；不知道的内容请留空，不要填 0。第一张表的表头请勿改动。")]:
        sheet.append([safe_text(note)])
        sheet.cell(sheet.max_row, 1).font = Font(color="666666")
    sheet.append([_("栏目"), _("必填"), _("填什么"), _("说明")])
    for cell in sheet[sheet.max_row]:
        head_cell(cell)
    for column in columns:
        sheet.append(
            [safe_text(column.label), _("是") if column.required else "", column.expected(), safe_text(column.help)]
        )
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=True)
