"""Files made to harm, broken ones, and ones that are no tables."""

from __future__ import annotations

import contextlib
import io
import random
import re
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlan.kernel.spreadsheet import TableRefused, opening, read_table, template_xlsx

from .tables import COLUMNS, LABELS, ZONE, good, saved, xlsx


def read(content: bytes, name: str = "台账.xlsx"):
    return read_table(content, name, COLUMNS, zone=ZONE)


def rebuilt(content: bytes, **changes) -> bytes:
    """The file with parts replaced: keys are the last piece of their path with _ for the dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            change = changes.get(name.rsplit("/", 1)[-1].replace(".", "_"))
            data = source.read(name)
            target.writestr(name, data if change is None else change(data))
    return out.getvalue()


def refused(content: bytes, name: str = "台账.xlsx") -> TableRefused:
    with pytest.raises(TableRefused) as caught:
        read(content, name)
    assert caught.value.mend
    assert name in str(caught.value)
    return caught.value


def test_an_empty_file():
    assert "空文件" in str(refused(b""))


def test_a_file_that_is_too_large_names_its_size_and_the_limit():
    said = str(refused(b"A,B\n" * (6 * 2**20)))
    assert "24.0 MB" in said
    assert "20 MB" in said


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\x00\x01\x02\x03", b"\xff\xff\xff"]
)
def test_what_is_no_table(content):
    assert "xlsx" in str(refused(content).mend)


def test_old_or_locked_workbooks_are_told_apart_from_broken_ones():
    assert "另存为 .xlsx" in str(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.xls").mend)


def test_a_zip_that_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("word/document.xml", "<x/>")
    refused(out.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = rebuilt(xlsx([LABELS, good()]), sheet1_xml=lambda data: data + b" " * (200 * 2**20))
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    try:
        assert "展开后过大" in str(refused(bomb))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 * 2**20, "of 200 MB"


def test_a_bomb_below_the_limit_shows_by_how_far_it_was_packed():
    assert "展开后过大" in str(refused(rebuilt(xlsx([LABELS]), sheet1_xml=lambda data: data + b" " * (20 * 2**20))))


def test_a_row_of_a_million_cells_is_refused_while_it_is_read(monkeypatch):
    noise = random.Random(1)
    cells = "".join(f'<c r="A1" s="{noise.randrange(10**9)}"/>' for _ in range(250_000)).encode()
    content = rebuilt(xlsx([LABELS]), sheet1_xml=lambda data: re.sub(rb"(<row[^>]*>)", rb"\1" + cells, data, count=1))
    assert "展开后过大" in str(refused(content))


def test_entities_are_refused():
    lol = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    content = rebuilt(xlsx([LABELS]), workbook_xml=lambda data: lol + data)
    assert "DTD" in str(refused(content))
    wide = rebuilt(xlsx([LABELS]), styles_xml=lambda data: (lol.decode() + "<x/>").encode("utf-16"))
    assert "DTD" in str(refused(wide))


def test_macros_lie_there_unread():
    content = io.BytesIO(xlsx([LABELS, good()]))
    with zipfile.ZipFile(content, "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"\x00" * 100)
    assert len(read(content.getvalue(), "台账.xlsm").rows) == 1


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is():
    content = rebuilt(
        xlsx([LABELS, good()]),
        sheet1_xml=lambda data: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', data),
    )
    assert len(read(content).rows) == 1


def test_a_line_far_down_costs_nothing():
    book = openpyxl.Workbook()
    book.active.append(LABELS)
    for place, value in enumerate(good(), 1):
        book.active.cell(1_048_576, place, value)
    content = saved(book)
    tracemalloc.start()
    try:
        (row,) = read(content).rows
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert row.line == 1_048_576
    assert most < 20 * 2**20, "no row is made up for the million empty ones"


def test_more_lines_than_allowed(monkeypatch):
    monkeypatch.setattr(opening, "MAX_ROWS", 100)
    text = "编号,名称,区划代码\n" + "\n".join(f"A{n},甲,110107" for n in range(200))
    assert "100 行" in str(refused(text.encode(), "a.csv"))
    with pytest.raises(TableRefused, match="100 行"):
        read(xlsx([LABELS, *[good(n) for n in range(200)]]))


def test_a_csv_with_a_quote_that_never_ends():
    text = '编号,名称,区划代码\nA,"' + "甲" * 200_000
    assert "引号" in str(refused(text.encode(), "a.csv").mend)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(TableRefused):
        read(content)


WHOLE = xlsx([LABELS, good(1), good(2)])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused(at, scar):
    with contextlib.suppress(TableRefused):
        read(WHOLE[:at] + scar + WHOLE[at + len(scar) :])


SHEET = next(
    zipfile.ZipFile(io.BytesIO(WHOLE)).read(name)
    for name in zipfile.ZipFile(io.BytesIO(WHOLE)).namelist()
    if "sheet1" in name
)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SHEET) - 1), st.sampled_from([b"", b"<", b"&", b"-1", b"999999999999", b't="s"', b"\xff"]))
def test_a_sheet_with_a_wrong_word_in_it_is_read_or_refused(at, scar):
    content = rebuilt(WHOLE, sheet1_xml=lambda data: data[:at] + scar + data[at + len(scar) :])
    with contextlib.suppress(TableRefused):
        read(content)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), min_size=12, max_size=12), max_size=5))
def test_whatever_people_type_gives_rows_or_faults(lines):
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([LABELS, *lines])
    try:
        result = read(out.getvalue().encode("utf-8", "surrogatepass"), "a.csv")
    except TableRefused:
        return
    assert len(result.rows) + len({e.line for e in result.errors}) == result.lines


def test_an_unfilled_template_has_a_heading_and_no_line():
    result = read(template_xlsx(COLUMNS, title="应急广播终端"))
    assert result.errors == []
    assert result.lines == 0
