"""Opening a table that somebody sent: sizes are checked before anything is unpacked, nothing in it is run."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import WorkSheetParser

from anlan.kernel.errors import BadInput

from .cells import ErrorValue, Formula

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 160 * 1024 * 1024
MAX_RATIO = 150
"""Unpacked to packed size of one part; sheets full of repeated text stay below 60."""
MAX_PARTS = 2000
MAX_ROW_ELEMENTS = 1_100_000
MAX_TAGS_IN_A_ROW = 200_000
MAX_ROWS = 100_000
MAX_COLUMNS = 300

Line = tuple[int, list[Any]]
"""Line number as the spreadsheet program shows it, and the cells from column A on (None where blank)."""

# What zipfile, zlib, the XML parser and openpyxl raise for files that are broken in one way or another.
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, ParseError, SyntaxError, InvalidFileException, OSError, EOFError,
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RuntimeError,
)  # fmt: skip


class TableRefused(BadInput):
    """The whole file cannot be read."""

    code = "table_refused"


def open_table(content: bytes, filename: str) -> Iterator[tuple[str, Iterator[Line]]]:
    """The sheets of a file in their order, hidden ones left out: (title, lines). The kind is told by content.

    Raises TableRefused for what is no table, is too large, or is made to harm.
    """
    if not content.strip():
        raise TableRefused(_("“%(name)s”是空文件") % {"name": filename}, mend=_("请选择有内容的表格"))
    if len(content) > MAX_BYTES:
        raise TableRefused(
            _("“%(name)s”有 %(size).1f MB，超过 %(limit)d MB")
            % {"name": filename, "size": len(content) / 2**20, "limit": MAX_BYTES // 2**20},
            mend=_("请删去图片和多余的工作表，或分成几个文件导入"),
        )
    if content[:4] == b"PK\x03\x04":
        return _xlsx(content, filename)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise TableRefused(
            _("“%(name)s”是旧版 .xls 或加了密码的表格") % {"name": filename},
            mend=_("请取消密码，另存为 .xlsx 后再导入"),
        )
    if content[:5] in (b"%PDF-", b"\x89PNG\r") or content[:3] == b"\xff\xd8\xff":
        raise TableRefused(_not_a_table(filename), mend=_formats())
    return iter([("", _csv(content, filename))])


def _formats() -> str:
    return _("请使用 .xlsx 或 .csv 格式，可先下载模板填写")


def _not_a_table(filename: str) -> str:
    return _("“%(name)s”不是可以读取的表格") % {"name": filename}


def _too_large(filename: str) -> TableRefused:
    return TableRefused(
        _("“%(name)s”展开后过大，可能已损坏或带有恶意内容") % {"name": filename},
        mend=_("请在表格软件中打开，只复制需要的数据到新表格后再导入"),
    )


class _Watched(io.RawIOBase):
    """A part being read. The parser keeps a whole row in memory, so a row of millions of cells is refused here."""

    def __init__(self, source: Any, filename: str) -> None:
        self.source, self.filename, self.tags = source, filename, 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.source.read(size)
        end = data.rfind(b"row>")
        self.tags = self.tags + data.count(b"<") if end < 0 else data.count(b"<", end)
        if self.tags > MAX_TAGS_IN_A_ROW:
            raise _too_large(self.filename)
        return data


def _xlsx(content: bytes, filename: str) -> Iterator[tuple[str, Iterator[Line]]]:
    _inspect(content, filename)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except _BROKEN as error:
        raise TableRefused(_not_a_table(filename), mend=_formats()) from error
    for sheet in sheets:
        yield sheet.title, _lines(sheet, filename)


def _inspect(content: bytes, filename: str) -> None:
    """Look at the list of parts before unpacking any: their number, their unpacked size, and XML with a DTD."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            entries = parts.infolist()
            if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise _too_large(filename)
            names = {entry.filename for entry in entries}
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise TableRefused(_not_a_table(filename), mend=_formats())
            for entry in entries:
                if entry.file_size > 2**20 and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
                    raise _too_large(filename)
                if entry.filename.endswith((".xml", ".rels", ".vml")):
                    with parts.open(entry) as part:
                        start = part.read(4096).replace(b"\x00", b"").upper()
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                        raise TableRefused(
                            _("“%(name)s”带有不允许的内容（DTD）") % {"name": filename},
                            mend=_("请在表格软件中打开并另存为新的 .xlsx"),
                        )
    except _BROKEN as error:
        raise TableRefused(
            _("“%(name)s”已损坏或加了密码") % {"name": filename}, mend=_("请在表格软件中打开并另存为新的 .xlsx")
        ) from error


def _lines(sheet: Any, filename: str) -> Iterator[Line]:
    """Rows that have content. The sheet's own word about its size is not believed, and gaps are not filled up."""
    book = sheet.parent
    filled = 0
    try:
        with sheet._get_source() as source:
            parser = WorkSheetParser(
                _Watched(source, filename),
                sheet._shared_strings,
                data_only=False,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for seen, (number, cells) in enumerate(parser.parse(), 1):
                if seen > MAX_ROW_ELEMENTS:
                    raise _too_large(filename)
                line: list[Any] = []
                for cell in cells:
                    place = cell["column"] - 1
                    if cell["value"] is None or not 0 <= place < MAX_COLUMNS:
                        continue
                    line.extend([None] * (place + 1 - len(line)))
                    line[place] = _value(cell)
                if not line:
                    continue
                filled += 1
                _count(filled, filename)
                yield number, line
    except TableRefused:
        raise
    except _BROKEN as error:
        raise TableRefused(
            _("“%(name)s”的工作表“%(sheet)s”已损坏") % {"name": filename, "sheet": sheet.title},
            mend=_("请在表格软件中打开并另存为新的 .xlsx"),
        ) from error


def _value(cell: dict[str, Any]) -> Any:
    value, kind = cell["value"], cell["data_type"]
    if kind == "f":
        return Formula(str(getattr(value, "text", None) or value))
    if kind == "e":
        return ErrorValue(str(value))
    return value if isinstance(value, str | bool | int | float | datetime | date) else _other(value)


def _other(value: Any) -> Any:
    return value.strftime("%H:%M:%S") if isinstance(value, time) else str(value)


def _count(filled: int, filename: str) -> None:
    # Some lines before the data (title, notes, heading) are not data.
    if filled > MAX_ROWS + 30:
        raise TableRefused(
            _("“%(name)s”超过 %(limit)d 行") % {"name": filename, "limit": MAX_ROWS},
            mend=_("请分成几个文件，每个不超过 %(limit)d 行") % {"limit": MAX_ROWS},
        )


def _csv(content: bytes, filename: str) -> Iterator[Line]:
    text = _decoded(content, filename)
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    filled, before = 0, 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            line: list[Any] = [cell if cell != "" else None for cell in cells[:MAX_COLUMNS]]
            if any(cell is not None for cell in line):
                filled += 1
                _count(filled, filename)
                yield number, line
    except csv.Error as error:
        raise TableRefused(
            _("“%(name)s”第 %(line)d 行无法读取") % {"name": filename, "line": reader.line_num},
            mend=_("请检查这一行的引号是否成对，或用表格软件另存为 .xlsx"),
        ) from error


def _decoded(content: bytes, filename: str) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
        break
    raise TableRefused(_not_a_table(filename), mend=_formats())
