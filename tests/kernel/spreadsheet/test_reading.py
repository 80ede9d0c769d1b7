"""Reading what people send: good lines go on, each fault says line, column, why and how to mend it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from anlan.kernel.spreadsheet import Column, TableRefused, read_table

from .tables import COLUMNS, LABELS, ZONE, good, saved, with_value, xlsx


def read(content: bytes, name: str = "台账.xlsx", **kw):
    return read_table(content, name, COLUMNS, zone=ZONE, **kw)


def one(name: str, value):
    """The value that a cell becomes, or its fault."""
    result = read(xlsx([LABELS, with_value(name, value)]))
    if result.errors:
        (fault,) = result.errors
        return fault
    return result.rows[0].values[name]


def test_a_good_line_becomes_values():
    result = read(xlsx([LABELS, good()]))
    assert result.errors == []
    (row,) = result.rows
    assert row.line == 2
    assert row.values == {
        "code": "GB0001",
        "name": "应急广播终端1",
        "region": "110107001",
        "phone": "100-0000-0001",
        "count": 2,
        "power": Decimal("30.5"),
        "state": "ok",
        "uses": ("flood", "fire"),
        "mains": True,
        "built": date(2016, 7, 20),
        "checked": datetime(2016, 7, 20, 12, 40, tzinfo=ZONE),
        "place": (116.19, 39.91),
    }


def test_three_bad_lines_in_300_are_told_and_297_go_on():
    lines = [good(n) for n in range(300)]
    lines[9][4] = "两台"
    lines[99][1] = None
    lines[199][9] = "2016-02-30"
    result = read(xlsx([LABELS, *lines]))
    assert len(result.rows) == 297
    assert result.lines == 300
    assert [(e.line, e.column, e.value, e.message) for e in result.errors] == [
        (11, "数量", "两台", "不是数字"),
        (101, "名称", "", "必填项没有填写"),
        (201, "建成日期", "2016-02-30", "没有这一天"),
    ]
    assert all(e.mend for e in result.errors)


def test_all_faults_of_a_line_are_told_at_once():
    line = good()
    line[2], line[4], line[6] = "石景山", -1, "不知道"
    result = read(xlsx([LABELS, line]))
    assert [e.column for e in result.errors] == ["区划代码", "数量", "状态"]
    assert "0 至 1000" in result.errors[1].mend
    assert "正常、故障" in result.errors[2].mend


def test_blank_means_unknown_and_never_zero():
    result = read(xlsx([LABELS, ["A", "甲", "110107", *[None] * 9]]))
    assert result.rows[0].values["count"] is None
    assert result.rows[0].values["mains"] is None
    assert result.rows[0].values["place"] is None
    assert one("count", 0) == 0


@pytest.mark.parametrize("blank", ["", "  ", "　", "\u200b", " \u3000 "])
def test_a_cell_of_spaces_is_blank(blank):
    assert one("count", blank) is None
    assert one("name", blank).message == "必填项没有填写"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("１２", 12), ("1,000", 1000), (3.0, 3), (" 7 ", 7), ("+5", 5), ("7.00", 7), ("1e2", 100),
    ],
)  # fmt: skip
def test_whole_numbers_as_people_write_them(given, value):
    assert one("count", given) == value


@pytest.mark.parametrize(
    "given", ["1.5", "12台", "一", "1,00", "--1", "nan", "inf", "1e999", "0x10", "1_000", True, "٣٤x", "１２％"]
)
def test_what_is_no_whole_number_is_refused(given):
    assert one("count", given).column == "数量"


def test_a_decimal_is_what_the_program_shows_and_not_its_binary_dust():
    assert one("power", 0.1 + 0.2) == Decimal("0.3")
    assert one("power", "１．５") == Decimal("1.5")


@pytest.mark.parametrize(
    "given",
    [
        "2016-7-20", "2016/07/20", "2016.7.20", "2016年7月20日", "20160720", 20160720, "２０１６－０７－２０",
        "2016-07-20 00:00:00", date(2016, 7, 20), datetime(2016, 7, 20), 42571, "2016 年 7 月 20 日",
    ],
)  # fmt: skip
def test_days_as_people_write_them(given):
    assert one("built", given) == date(2016, 7, 20)


@pytest.mark.parametrize("given", ["7/20/2016", "16-7-20", "2016-13-01", "七月", "2016-07", 5, -1, "2016-07-20 12:40"])
def test_days_that_leave_doubt_are_refused(given):
    fault = one("built", given)
    assert fault.column == "建成日期"
    assert "2016-07-20" in fault.mend


@pytest.mark.parametrize(
    "given",
    [
        "2016-07-20 12:40", "2016/7/20 12:40:00", "2016年7月20日12时40分", "2016-07-20T12:40", "20160720 12:40",
        "2016-07-20T12:40+08:00", "2016-07-20T04:40:00Z", datetime(2016, 7, 20, 12, 40), "２０１６年７月２０日　１２：４０",
        "2016年7月20日 12时40分00秒",
    ],
)  # fmt: skip
def test_moments_as_people_write_them(given):
    value = one("checked", given)
    assert value.astimezone(UTC) == datetime(2016, 7, 20, 4, 40, tzinfo=UTC)


def test_a_day_without_an_hour_is_not_taken_for_midnight():
    assert one("checked", "2016-07-20").message == "缺少时刻"


@pytest.mark.parametrize("given", ["2016-07-20 25:00", "2016-07-20 12:60", "12:40", "2016-07-20 noon", "昨天"])
def test_moments_that_do_not_exist_are_refused(given):
    assert one("checked", given).column == "检查时间"


@pytest.mark.parametrize("given", [13800000000, 13800000000.0, "13800000000"])
def test_a_telephone_number_stays_one(given):
    assert one("phone", given) == "13800000000"


def test_leading_zeros_stay():
    assert one("phone", "0100000001") == "0100000001"


def test_a_number_whose_last_figures_the_program_has_lost_is_refused():
    assert "15 位" in one("phone", 110107199001010011).message


@pytest.mark.parametrize(
    ("given", "value"), [("故障", "broken"), ("broken", "broken"), (" 正常　", "ok"), ("OK", "ok")]
)
def test_choices_by_label_or_code(given, value):
    assert one("state", given) == value


@pytest.mark.parametrize(
    ("given", "value"), [("是", True), ("√", True), (1, True), (True, True), ("否", False), ("Ｎ", False), (0, False)]
)
def test_yes_and_no(given, value):
    assert one("mains", given) is value


def test_neither_yes_nor_no():
    assert one("mains", "也许").column == "市电"


@pytest.mark.parametrize(
    "given",
    ["116.19,39.91", "116.19，39.91", "１１６．１９　３９．９１", "东经116.19° 北纬39.91°", "(116.19, 39.91)"],
)
def test_places_as_people_write_them(given):
    assert one("place", given) == (116.19, 39.91)


@pytest.mark.parametrize(
    ("given", "why"),
    [("39.91,116.19", "写反"), ("400,39", "超出范围"), ("116.19", "看不出"), ("a,b", "看不出"), ("nan,1", "看不出")],
)
def test_places_that_are_none_say_why(given, why):
    assert why in one("place", given).message


@pytest.mark.parametrize("given", ["110107", 110107, "１１０１０７", "110107001002", "110107001", 110107.0])
def test_region_codes(given):
    assert one("region", given).isascii()


@pytest.mark.parametrize("given", ["1101071", "石景山区", "110107-001", "１１０１０七"])
def test_what_is_no_region_code(given):
    assert one("region", given).column == "区划代码"


def test_a_text_that_is_too_long_says_by_how_much():
    assert one("code", "A" * 21).message == "有 21 字，最多 20 字"


def test_formulas_are_neither_run_nor_believed():
    result = read(xlsx([LABELS, with_value("count", "=1+1"), with_value("code", '=HYPERLINK("x")'), good(3)]))
    assert [(e.line, e.column, e.value) for e in result.errors] == [
        (2, "数量", "=1+1"),
        (3, "编号", '=HYPERLINK("x")'),
    ]
    assert "选择性粘贴" in result.errors[0].mend
    assert [row.line for row in result.rows] == [4]


def test_an_error_value_is_told_as_such():
    assert "#REF!" in one("count", "#REF!").message


def test_the_heading_is_found_below_title_and_notes():
    result = read(xlsx([["石景山区应急广播终端台账"], ["填报单位：古城街道"], [], LABELS, good()]))
    assert result.heading_line == 4
    assert [row.line for row in result.rows] == [5]


def test_headings_match_by_label_name_and_alias_with_stars_units_and_wide_signs():
    heading = ["设备编号", "名 称*", "区划代码（必填）", "Ｐｈｏｎｅ", "count", "功率"]
    result = read(xlsx([heading, ["A", "甲", "110107", "1", 2, 3]]))
    assert result.unknown == []
    assert result.rows[0].values["power"] == 3
    assert result.rows[0].values["code"] == "A"


def test_a_heading_merged_over_two_lines_is_read_whole():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["编号", "名称", "区划代码", "设备", None])
    sheet.append([None, None, None, "数量", "功率（瓦）"])
    for area in ("A1:A2", "B1:B2", "C1:C2", "D1:E1"):
        sheet.merge_cells(area)
    sheet.append(["A", "甲", "110107", 2, 3])
    result = read(saved(book))
    assert result.errors == []
    (row,) = result.rows
    assert (row.line, row.values["name"], row.values["count"], row.values["power"]) == (3, "甲", 2, 3)


def test_unknown_columns_are_named_and_do_no_harm():
    result = read(xlsx([[*LABELS, "备注", "经办"], [*good(), "x", "y"]]))
    assert result.unknown == ["M 列“备注”", "N 列“经办”"]
    assert len(result.rows) == 1


def test_a_missing_required_column_is_told_once_and_not_on_every_line():
    result = read(xlsx([LABELS[1:], *[good()[1:]] * 50]))
    assert result.missing == ["编号"]
    assert [(e.line, e.column) for e in result.errors] == [(1, "编号")]
    assert result.rows == []


def test_a_column_that_comes_twice_is_refused():
    result = read(xlsx([[*LABELS, "电话"], [*good(), "2"]]))
    assert "两次" in result.errors[0].message
    assert "M 列" in result.errors[0].value


def test_no_heading_at_all():
    with pytest.raises(TableRefused, match="没有找到表头") as refused:
        read(xlsx([["a", "b"], [1, 2]]))
    assert "编号、名称、区划代码" in str(refused.value.mend)


def test_a_second_line_with_the_same_key_is_told_with_the_first():
    result = read(xlsx([LABELS, good(1), good(2), good(1)]), key=("code",))
    assert [row.line for row in result.rows] == [2, 3]
    (fault,) = result.errors
    assert (fault.line, fault.column, fault.value, fault.message) == (4, "编号", "GB0001", "与第 2 行重复")


def test_the_key_is_compared_after_reading():
    result = read(
        xlsx([LABELS, with_value("region", 110107), with_value("region", "１１０１０７")]), key=("code", "region")
    )
    assert len(result.errors) == 1


def test_blank_lines_are_passed_over_and_lines_keep_their_numbers():
    result = read(xlsx([LABELS, good(1), [], [" "], good(2)]))
    assert [row.line for row in result.rows] == [2, 5]


def test_sheets_without_a_heading_are_named_and_hidden_ones_not_looked_at():
    book = openpyxl.Workbook()
    book.active.title = "封面"
    book.active.append(["说明"])
    hidden = book.create_sheet("隐藏")
    hidden.sheet_state = "hidden"
    hidden.append(LABELS)
    data = book.create_sheet("台账")
    data.append(LABELS)
    data.append(good())
    book.create_sheet("其他").append(LABELS)
    result = read(saved(book))
    assert result.sheet == "台账"
    assert result.sheets_ignored == ["封面", "其他"]
    assert len(result.rows) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_the_encodings_that_are_about(encoding, delimiter):
    line = good()
    line[11] = "116.19 39.91"
    text = "\r\n".join(delimiter.join(str(cell) for cell in cells) for cells in (LABELS, line))
    result = read(text.encode(encoding), "台账.csv")
    assert result.errors == []
    assert result.rows[0].values["name"] == "应急广播终端1"


def test_csv_lines_are_counted_as_the_editor_counts_them():
    text = '编号,名称,区划代码\nA,"两\n行",110107\nB,,110107\n'
    result = read(text.encode(), "a.csv")
    assert result.rows[0].values["name"] == "两\n行"
    assert [e.line for e in result.errors] == [4]


def test_more_than_two_thousand_faults_are_counted_and_not_listed():
    text = "编号,名称,区划代码\n" + "A,,110107\n" * 2500
    result = read(text.encode(), "a.csv")
    assert len(result.errors) == 2000
    assert result.errors_left_out == 500


def test_messages_speak_english_to_those_who_read_english():
    from django.utils.translation import override

    with override("en"):
        fault = one("count", "两台")
        assert fault.message == "not a number"
        assert fault.mend == "Fill in: whole number (0 to 1000)"


def test_a_column_of_choices_without_choices_is_a_mistake_of_the_programmer():
    with pytest.raises(ValueError, match="needs choices"):
        Column("a", "甲", "choice")
