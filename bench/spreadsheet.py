"""How long a ledger of ten thousand rows takes out and in, beside openpyxl alone, the floor under any such code.

    .venv/bin/python bench/spreadsheet.py [rows]

Prints one line a measure: seconds (best of three) and how many times openpyxl's own figure that is.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")

from anlan.kernel.spreadsheet import Column, TableResult, read_table, write_csv, write_xlsx

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = (
    Column("code", "编号", required=True, max_length=20),
    Column("name", "名称", required=True, max_length=60),
    Column("region", "区划代码", "region_code", required=True),
    Column("phone", "电话"),
    Column("count", "数量", "int", minimum=0),
    Column("power", "功率（瓦）", "decimal"),
    Column("state", "状态", "choice", choices=(("ok", "正常"), ("broken", "故障"))),
    Column("mains", "市电", "bool"),
    Column("built", "建成日期", "date"),
    Column("checked", "检查时间", "datetime"),
    Column("place", "位置", "lonlat"),
    Column("note", "备注"),
)


def row(number: int) -> dict[str, Any]:
    return {
        "code": f"GB{number:06d}",
        "name": f"应急广播终端{number}",
        "region": "110107001002",
        "phone": "100-0000-0001",
        "count": number % 7,
        "power": number % 100 / 4,
        "state": "ok" if number % 9 else "broken",
        "mains": number % 2 == 0,
        "built": date(2016, 7, 1 + number % 30),
        "checked": datetime(2016, 7, 20, number % 24, number % 60, tzinfo=ZONE),
        "place": (116.1 + number % 1000 / 1e4, 39.9),
        "note": "位于居委会院内，示意位置",
    }


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    times = []
    for _run in range(3):
        begun = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begun)
    return min(times), result


def raw_write(rows: list[dict[str, Any]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for values in rows:
        sheet.append([str(v) if isinstance(v, tuple | datetime) else v for v in values.values()])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def raw_read(content: bytes) -> int:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return sum(1 for _row in book.worksheets[0].iter_rows(values_only=True))


def check(result: TableResult, many: int) -> None:
    if result.errors or len(result.rows) != many:
        raise SystemExit(f"the table did not read back: {len(result.rows)} rows, {result.errors[:3]}")


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows = [row(number) for number in range(many)]
    floor_out, _raw = best(lambda: raw_write(rows))
    out, content = best(lambda: write_xlsx(COLUMNS, rows, title="应急广播终端台账", zone=ZONE))
    floor_in, _count = best(lambda: raw_read(content))
    back, result = best(lambda: read_table(content, "台账.xlsx", COLUMNS, key=("code",), zone=ZONE))
    check(result, many)
    csv_out, text = best(lambda: write_csv(COLUMNS, rows, zone=ZONE))
    csv_back, result = best(lambda: read_table(text, "台账.csv", COLUMNS, key=("code",), zone=ZONE))
    check(result, many)
    print(f"{many} rows, {len(COLUMNS)} columns, xlsx of {len(content) / 1024:.0f} KiB")
    print(f"export .xlsx  {out:6.2f} s   openpyxl alone {floor_out:6.2f} s   x{out / floor_out:.2f}")
    print(f"import .xlsx  {back:6.2f} s   openpyxl alone {floor_in:6.2f} s   x{back / floor_in:.2f}")
    print(f"export .csv   {csv_out:6.2f} s")
    print(f"import .csv   {csv_back:6.2f} s")


if __name__ == "__main__":
    main()
