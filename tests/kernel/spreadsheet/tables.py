"""A made-up ledger of loudspeakers, and ways to make files of it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from anlan.kernel.spreadsheet import Column

ZONE = ZoneInfo("Asia/Shanghai")

COLUMNS = (
    Column("code", "编号", required=True, max_length=20, aliases=("设备编号",)),
    Column("name", "名称", required=True, max_length=30),
    Column("region", "区划代码", "region_code", required=True),
    Column("phone", "电话"),
    Column("count", "数量", "int", minimum=0, maximum=1000),
    Column("power", "功率（瓦）", "decimal"),
    Column("state", "状态", "choice", choices=(("ok", "正常"), ("broken", "故障"))),
    Column("uses", "用途", "choices", choices=(("flood", "防汛"), ("fire", "防火"))),
    Column("mains", "市电", "bool"),
    Column("built", "建成日期", "date"),
    Column("checked", "检查时间", "datetime"),
    Column("place", "位置", "lonlat", help="示意位置请注明精度"),
)
LABELS = [str(column.label) for column in COLUMNS]


def good(number: int = 1) -> list[Any]:
    return [
        f"GB{number:04d}",
        f"应急广播终端{number}",
        "110107001",
        "100-0000-0001",
        2,
        30.5,
        "正常",
        "防汛、防火",
        "是",
        "2016-07-20",
        "2016-07-20 12:40",
        "116.19,39.91",
    ]


def xlsx(lines: Iterable[Sequence[Any]], *, sheet: str = "数据") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in lines:
        book.active.append(list(line))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_value(name: str, value: Any) -> list[Any]:
    line = good()
    line[[column.name for column in COLUMNS].index(name)] = value
    return line
