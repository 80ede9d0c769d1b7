"""Tables out: they read back as they were, and nothing in them runs."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from anlan.kernel.spreadsheet import Column, read_table, template_xlsx, write_csv, write_xlsx

from .tables import COLUMNS, LABELS, ZONE

ROW = {
    "code": "00042",
    "name": "应急广播终端",
    "region": "110107001002",
    "phone": "+86 100 0000 0001",
    "count": 0,
    "power": Decimal("-12.5"),
    "state": "broken",
    "uses": ("flood", "fire"),
    "mains": False,
    "built": date(2016, 7, 20),
    "checked": datetime(2016, 7, 20, 4, 40, tzinfo=UTC),
    "place": (116.1912345, 39.9112345),
}


def sheet(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def xlsx_of(*rows, **kw) -> bytes:
    return write_xlsx(COLUMNS, rows, title="应急广播终端台账", zone=ZONE, **kw)


@pytest.mark.parametrize("write", [xlsx_of, lambda *rows: write_csv(COLUMNS, rows, zone=ZONE)])
def test_what_is_written_reads_back_the_same(write):
    unknown = {**dict.fromkeys(ROW), "code": "B", "name": "乙", "region": "110107"}
    result = read_table(write(ROW, unknown), "x", COLUMNS, zone=ZONE)
    assert result.errors == []
    first, second = (row.values for row in result.rows)
    assert first | {"place": None} == ROW | {"place": None}
    assert first["place"] == pytest.approx(ROW["place"], abs=1e-5)
    assert second == unknown


@pytest.mark.parametrize("risky", ["=1+1", "+1", "-1", "@x", "\t=1", '=cmd|"/c calc"!A1', "'=x"])
def test_text_that_looks_like_a_formula_stays_text(risky):
    columns = (Column("a", "甲"),)
    cell = sheet(write_xlsx(columns, [{"a": risky}], title="x"))["A3"]
    assert cell.data_type == "s"
    assert cell.value == risky
    (_head, (in_csv,)) = csv.reader(io.StringIO(write_csv(columns, [{"a": risky}]).decode("utf-8-sig")))
    assert in_csv[0] not in "=+-@\t\r"


def test_risky_text_in_titles_notes_and_headings_stays_text():
    content = write_xlsx((Column("a", "=甲"),), [], title="=题", notes=("=注",))
    assert [sheet(content)[place].data_type for place in ("A1", "A2", "A3")] == ["s", "s", "s"]


def test_a_negative_number_stays_a_number():
    columns = (Column("a", "甲", "int"),)
    assert sheet(write_xlsx(columns, [{"a": -5}], title="x"))["A3"].value == -5
    assert write_csv(columns, [{"a": -5}]).decode("utf-8-sig").split("\r\n")[1] == "-5"


def test_title_notes_and_heading_stand_above_and_stay_in_sight():
    page = sheet(xlsx_of(ROW, notes=("导出时间：2016-07-20 12:40", "示例数据")))
    assert [page[f"A{n}"].value for n in (1, 2, 3)] == ["应急广播终端台账", "导出时间：2016-07-20 12:40", "示例数据"]
    assert [cell.value for cell in page[4]] == LABELS
    assert page.freeze_panes == "A5"
    assert page.auto_filter.ref == "A4:L5"
    assert page.print_title_rows == "$4:$4"


def test_numbers_and_days_are_cells_of_their_kind_and_choices_are_words():
    cells = {label: cell for label, cell in zip(LABELS, sheet(xlsx_of(ROW))[3], strict=True)}
    assert cells["数量"].value == 0
    assert cells["建成日期"].is_date
    assert cells["检查时间"].value == datetime(2016, 7, 20, 12, 40)
    assert cells["状态"].value == "故障"
    assert cells["市电"].value == "否"
    assert cells["编号"].value == "00042"


def test_unknown_is_a_blank_cell():
    assert sheet(xlsx_of({"code": "A"}))["E3"].value is None


def test_sequences_must_have_as_many_values_as_there_are_columns():
    with pytest.raises(ValueError, match="zip"):
        xlsx_of(["A", "B"])


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\ud800", "\x0b"])
def test_characters_that_no_cell_can_hold_are_left_out(bad):
    columns = (Column("a", f"甲{bad}"),)
    assert sheet(write_xlsx(columns, [{"a": f"积{bad}水"}], title=f"题{bad}"))["A3"].value == "积水"
    assert "积水" in write_csv(columns, [{"a": f"积{bad}水"}]).decode("utf-8-sig")


def test_a_number_longer_than_15_figures_is_written_as_text():
    columns = (Column("a", "甲", "int"),)
    assert sheet(write_xlsx(columns, [{"a": 110107199001010011}], title="x"))["A3"].value == "110107199001010011"


@pytest.mark.parametrize("title", ["a/b:c*d?e[f]g\\h", "长" * 60, "", "''"])
def test_any_title_gives_a_sheet_that_opens(title):
    assert sheet(write_xlsx((Column("a", "甲"),), [], title=title)).title


def test_csv_opens_in_office_programs_with_its_chinese():
    assert write_csv(COLUMNS, []).startswith(b"\xef\xbb\xbf")


def test_the_template_explains_itself_and_offers_lists():
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(COLUMNS, title="应急广播终端", notes=("每月5日前报送",))))
    data, explained, hidden = book.worksheets
    assert [cell.value for cell in data[1]][:4] == ["编号*", "名称*", "区划代码*", "电话"]
    rules = {str(rule.sqref): rule for rule in data.data_validations.dataValidation}
    assert rules["G2:G5001"].formula1 == "choices!$A$1:$A$2"
    assert [cell.value for cell in hidden["A"]] == ["正常", "故障"]
    assert hidden.sheet_state == "hidden"
    assert (rules["E2:E5001"].type, rules["E2:E5001"].formula1, rules["E2:E5001"].formula2) == ("whole", "0", "1000")
    words = [cell.value for row in explained.iter_rows() for cell in row if cell.value]
    assert "每月5日前报送" in words
    assert "示意位置请注明精度" in words
    assert data.column_dimensions["D"].number_format == "@"


def test_two_exports_of_the_same_rows_hold_the_same_sheet():
    def part(content: bytes) -> bytes:
        return zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")

    assert part(xlsx_of(ROW)) == part(xlsx_of(ROW))
