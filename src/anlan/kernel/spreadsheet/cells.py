"""From what stands in a cell to a value: hostile until parsed, and every refusal says how to mend it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from anlan.kernel.moments import EARLIEST, LATEST, year_is_ours

from .column import RISKY, Column


class CellFault(Exception):
    """A cell that cannot be taken: `message` says why, `mend` what to do."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class Formula:
    """Stands for a cell that holds a formula; formulas are neither run nor believed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


class ErrorValue(Formula):
    """Stands for #REF!, #N/A and their like."""


_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$")
_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_TIME = re.compile(r"^(\d{1,2})[:时](\d{1,2})(?:[:分](?:(\d{1,2})秒?)?)?$")
_NUMBER = re.compile(r"^[+-]?(\d+(,\d{3})*(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[、，,;；|\n]+")
_YES = frozenset({"是", "有", "对", "√", "y", "yes", "true", "1", "t"})
_NO = frozenset({"否", "无", "没有", "×", "x", "n", "no", "false", "0", "f"})
_REGION_LENGTHS = (2, 4, 6, 9, 12)
_EXCEL_EPOCH = date(1899, 12, 30)
# 1954 to 2119: a bare number in a column of dates that lies outside is no spreadsheet date.
_EXCEL_DAYS = range(20000, 80001)


def is_blank(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not plain(raw))


def plain(raw: str) -> str:
    """Text without control and invisible characters and without white space (full-width too) at its ends."""
    return _INVISIBLE.sub("", raw).strip().strip("\u3000\xa0 \t\r\n")


def half_width(raw: Any) -> str:
    """For all but free text: full-width letters, figures, signs and spaces become ordinary ones."""
    return plain(unicodedata.normalize("NFKC", as_text(raw)))


def as_text(raw: Any) -> str:
    """A cell as its reader sees it: 13800000000.0 is a telephone number, not a decimal."""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else f"{raw:.15g}"
    if isinstance(raw, datetime):
        return raw.strftime("%Y-%m-%d") if raw.time() == time() else raw.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(raw, date):
        return raw.isoformat()
    return str(raw)


def parse_cell(column: Column, raw: Any, zone: tzinfo) -> Any:
    """The value of a cell that is not blank; None when it turns out blank. Raises CellFault."""
    if isinstance(raw, ErrorValue):
        raise CellFault(
            _("单元格里是错误值 %(value)s") % {"value": raw.text[:20]}, _("请改正原表中的公式，或直接填写内容")
        )
    if isinstance(raw, Formula):
        raise CellFault(_("单元格里是公式，系统不计算公式"), _("请复制这一列，用“选择性粘贴—数值”粘贴回去后再导入"))
    if is_blank(raw):
        return None
    return _PARSERS[column.kind](column, raw, zone)


def _fault(column: Column, message: str) -> CellFault:
    return CellFault(message, _("请填%(expected)s") % {"expected": column.expected()})


def _text(column: Column, raw: Any, _zone: tzinfo) -> str:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= 1e15:
        raise CellFault(
            _("数字超过 15 位，表格软件已改写其末位"), _("请把这一列设为“文本”格式后重新填写，如身份证号、设备编号")
        )
    text = plain(as_text(raw))
    # What our own .csv put in front so that no program runs it.
    if text.startswith("'") and text[1:2] in RISKY:
        text = text[1:]
    if column.max_length is not None and len(text) > column.max_length:
        raise CellFault(_("有 %(now)d 字，最多 %(n)d 字") % {"now": len(text), "n": column.max_length}, _("请缩短内容"))
    return text


def _number(column: Column, raw: Any) -> Decimal:
    text = half_width(raw).replace(" ", "")
    if isinstance(raw, bool) or not _NUMBER.match(text):
        raise _fault(column, _("不是数字"))
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise _fault(column, _("不是数字")) from None
    if not number.is_finite() or number.adjusted() > 18:
        raise _fault(column, _("数字过大"))
    if column.minimum is not None and number < Decimal(str(column.minimum)):
        raise _fault(column, _("小于允许的最小值 %(low)g") % {"low": column.minimum})
    if column.maximum is not None and number > Decimal(str(column.maximum)):
        raise _fault(column, _("大于允许的最大值 %(high)g") % {"high": column.maximum})
    return number


def _decimal(column: Column, raw: Any, _zone: tzinfo) -> Decimal:
    return _number(column, raw)


def _int(column: Column, raw: Any, _zone: tzinfo) -> int:
    number = _number(column, raw)
    if number != number.to_integral_value():
        raise _fault(column, _("不是整数"))
    if abs(number) >= 2**63:
        raise _fault(column, _("数字过大"))
    return int(number)


def _day(column: Column, text: str) -> date:
    found = _DATE.match(text) or _COMPACT_DATE.match(text)
    if not found:
        raise _fault(column, _("看不出是哪一天"))
    try:
        day = date(*(int(part) for part in found.groups()))
    except ValueError:
        raise _fault(column, _("没有这一天")) from None
    return _ours(column, day)


_Day = TypeVar("_Day", bound=date)


def _ours(column: Column, day: _Day) -> _Day:
    if not year_is_ours(day):
        raise _fault(column, _("年份应在 %(first)d 到 %(last)d 之间") % {"first": EARLIEST, "last": LATEST})
    return day


def _serial(raw: Any) -> date | None:
    """A date that lost its format: the number of days that the spreadsheet program counts."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and int(raw) in _EXCEL_DAYS:
        return _EXCEL_EPOCH + timedelta(days=int(raw))
    return None


def _date(column: Column, raw: Any, zone: tzinfo) -> date:
    if isinstance(raw, datetime):
        known = _ours(column, raw)
        return (known.astimezone(zone) if known.tzinfo else known).date()
    if isinstance(raw, date):
        return _ours(column, raw)
    serial = _serial(raw)
    if serial:
        return serial
    text = half_width(raw)
    # A midnight behind the date says no more than the date.
    return _day(column, re.sub(r"[ T]0?0:00(:00(\.0+)?)?$", "", text))


def _datetime(column: Column, raw: Any, zone: tzinfo) -> datetime:
    if isinstance(raw, datetime):
        return _ours(column, raw if raw.tzinfo else raw.replace(tzinfo=zone))
    serial = _serial(raw)
    if serial:
        seconds = round((float(raw) - int(raw)) * 86400)
        return datetime.combine(serial, time(), zone) + timedelta(seconds=seconds)
    text = half_width(raw)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if len(text) > 10:
            return _ours(column, moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except ValueError:
        pass
    found = re.match(r"^(.*?[\d日])[ T]*(\d{1,2}[:时].*)$", text)
    if not found or not _splits(found.group(1)):
        _day(column, text)  # says so when it is no date at all
        raise _fault(column, _("缺少时刻"))
    day = _day(column, found.group(1))
    clock = _TIME.match(found.group(2).replace(" ", ""))
    if not clock:
        raise _fault(column, _("看不出是几点几分"))
    try:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        return datetime.combine(day, time(hour, minute, second), zone)
    except ValueError:
        raise _fault(column, _("没有这个时刻")) from None


def _splits(text: str) -> bool:
    return bool(_DATE.match(text) or _COMPACT_DATE.match(text))


def _choice(column: Column, raw: Any, _zone: tzinfo) -> Any:
    wanted = half_width(raw).casefold()
    for value, label in column.choices:
        if wanted in (half_width(value).casefold(), half_width(str(label)).casefold()):
            return value
    raise _fault(column, _("没有这一项"))


def _choices(column: Column, raw: Any, zone: tzinfo) -> tuple[Any, ...]:
    parts = [part for part in _SEPARATORS.split(plain(as_text(raw))) if part.strip()]
    return tuple(dict.fromkeys(_choice(column, part, zone) for part in parts))


def _bool(column: Column, raw: Any, _zone: tzinfo) -> bool:
    if isinstance(raw, bool):
        return raw
    word = half_width(raw).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise _fault(column, _("看不出是“是”还是“否”"))


def _lonlat(column: Column, raw: Any, _zone: tzinfo) -> tuple[float, float]:
    text = re.sub(r"[东西]经|[南北]纬|[()°]", " ", half_width(raw))
    parts = [part for part in re.split(r"[,，;；\s]+", text) if part]
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        raise _fault(column, _("看不出经度和纬度")) from None
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise _fault(column, _("看不出经度和纬度"))
    if abs(lat) > 90 and abs(lon) <= 90:
        raise _fault(column, _("经度和纬度写反了"))
    if abs(lon) > 180 or abs(lat) > 90:
        raise _fault(column, _("经纬度超出范围"))
    return lon, lat


def _region_code(column: Column, raw: Any, _zone: tzinfo) -> str:
    text = half_width(raw).replace(" ", "")
    if not (text.isascii() and text.isdigit() and len(text) in _REGION_LENGTHS):
        raise _fault(column, _("不是区划代码"))
    return text


_PARSERS: dict[str, Callable[[Column, Any, tzinfo], Any]] = {
    "text": _text,
    "int": _int,
    "decimal": _decimal,
    "date": _date,
    "datetime": _datetime,
    "choice": _choice,
    "choices": _choices,
    "bool": _bool,
    "lonlat": _lonlat,
    "region_code": _region_code,
}
