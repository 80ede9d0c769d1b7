"""From what somebody typed, sent or brought in a spreadsheet to the values of a row, with every fault said at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.moments import day_in, moment_in
from anlan.kernel.scope_names import scope_names

from .declaration import Field, Ledger
from .rows import KnownRow

_ABSENT: tuple[Any, ...] = (None, "", [], ())
_YES = {"1", "true", "on", "yes", "y", "是", "有", "√"}
_NO = {"0", "false", "off", "no", "n", "否", "无", "×"}
_LIST = re.compile(r"[、,，;；\n]+")

Fault = dict[str, str]


class Reader:
    """Reads rows of one ledger for one person; remembers regions and links, so that ten thousand lines stay quick."""

    def __init__(self, ctx: Context, ledger: Ledger) -> None:
        self.ctx, self.ledger = ctx, ledger
        self._paths: dict[str, str | None] = {}
        self._links: dict[tuple[str, str], Any] = {}

    def read(self, given: Mapping[str, Any], *, partial: bool = False) -> tuple[dict[str, Any], list[Fault]]:
        """Values by field name, and the faults. With `partial`, only the fields given are read (a correction)."""
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for field in self.ledger.form_fields:
            if field.name not in given and partial:
                continue
            try:
                values[field.name] = self._value(field, given.get(field.name))
            except ValueError as error:
                faults.append({"field": field.name, "message": f"“{field.label}”{error}"})
        unknown = sorted(set(given) - {f.name for f in self.ledger.form_fields})
        if unknown:
            faults.append(
                {"field": unknown[0], "message": _("这个台账没有“%(name)s”一栏") % {"name": "、".join(unknown)}}
            )
        return values, faults

    def _value(self, field: Field, raw: Any) -> Any:
        if isinstance(raw, str):
            raw = raw.strip()
        if raw in _ABSENT:
            if field.kind == "bool":
                return False
            if field.required:
                raise ValueError(_("必须填写"))
            return _nothing(self.ledger, field)
        return getattr(self, f"_{field.kind}")(field, raw)

    def _text(self, field: Field, raw: Any) -> str:
        # Spreadsheets bring numbers where codes and telephone numbers were meant.
        text = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)
        if "\x00" in text:
            raise ValueError(_("含有不能保存的字符"))
        if field.max_length and len(text) > field.max_length:
            raise ValueError(_("最多 %(n)d 字，现有 %(now)d 字") % {"n": field.max_length, "now": len(text)})
        return text

    _longtext = _text

    def _number(self, field: Field, raw: Any) -> Decimal:
        try:
            number = Decimal(str(raw))
        except InvalidOperation:
            raise ValueError(_("应填数字，现为“%(value)s”") % {"value": str(raw)[:40]}) from None
        if not number.is_finite():
            raise ValueError(_("应填数字，现为“%(value)s”") % {"value": str(raw)[:40]})
        if field.minimum is not None and number < Decimal(str(field.minimum)):
            raise ValueError(_("不能小于 %(n)s") % {"n": field.minimum})
        if field.maximum is not None and number > Decimal(str(field.maximum)):
            raise ValueError(_("不能大于 %(n)s") % {"n": field.maximum})
        return number

    def _int(self, field: Field, raw: Any) -> int:
        number = self._number(field, raw)
        if number != number.to_integral_value():
            raise ValueError(_("应填整数，现为“%(value)s”") % {"value": str(raw)[:40]})
        return int(number)

    def _decimal(self, field: Field, raw: Any) -> Any:
        number = self._number(field, raw)
        column = self.ledger.model._meta.get_field(field.name)
        if column.get_internal_type() != "DecimalField":
            return float(number)
        number = round(number, column.decimal_places)
        if len(number.as_tuple().digits) > column.max_digits:
            raise ValueError(_("最多 %(n)d 位数字") % {"n": column.max_digits})
        return number

    def _bool(self, field: Field, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).lower()
        if word in _YES or word in _NO:
            return word in _YES
        raise ValueError(_("应填“是”或“否”，现为“%(value)s”") % {"value": word[:40]})

    def _choice(self, field: Field, raw: Any) -> str:
        text = str(raw)
        for key, label in field.choices:
            if text in (str(key), str(label)):
                return key
        shown = "、".join(str(label) for _key, label in field.choices[:12])
        raise ValueError(_("没有“%(value)s”这一项，可填：%(choices)s") % {"value": text[:40], "choices": shown})

    def _choices(self, field: Field, raw: Any) -> list[str]:
        parts = [str(p).strip() for p in (raw if isinstance(raw, list | tuple) else _LIST.split(str(raw)))]
        parts = [p for p in parts if p]
        return [self._choice(field, p) for p in parts] if field.choices else [self._text(field, p) for p in parts]

    def _date(self, field: Field, raw: Any) -> date:
        if isinstance(raw, datetime):
            return raw.date()
        if isinstance(raw, date):
            return raw
        return _parsed(day_in, raw, _("日期写成 2016-07-20 的样子"))

    def _datetime(self, field: Field, raw: Any) -> datetime:
        moment = raw if isinstance(raw, datetime) else _parsed(moment_in, raw, _("时间写成 2016-07-20 12:40 的样子"))
        return make_aware(moment) if is_naive(moment) else moment

    def _place(self, field: Field, raw: Any) -> Point:
        if isinstance(raw, Point):
            return raw
        pair = raw
        if isinstance(raw, Mapping):
            pair = (raw.get("lon"), raw.get("lat"))
        elif isinstance(raw, str):
            pair = tuple(re.split(r"[,，\s]+", raw))
        try:
            lon, lat = (float(v) for v in pair)
        except (TypeError, ValueError):
            raise ValueError(_("写成“经度,纬度”，如 116.19,39.91")) from None
        if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError(_("经纬度超出范围"))
        return Point(round(lon, 7), round(lat, 7), srid=4326)

    def _region(self, field: Field, raw: Any) -> str:
        text = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)
        if text not in self._paths:
            self._paths[text] = scope_names().path_of(text)
        path = self._paths[text]
        if path is None:
            raise ValueError(_("没有“%(value)s”，请填 12 位区划代码或完整名称") % {"value": text[:40]})
        return path

    def _link(self, field: Field, raw: Any) -> Any:
        if isinstance(raw, field.target):
            return raw
        key = (field.name, str(raw))
        if key not in self._links:
            self._links[key] = self._linked(field, str(raw))
        if self._links[key] is None:
            raise ValueError(_("没有找到“%(value)s”，请填对方的编号") % {"value": str(raw)[:40]})
        return self._links[key]

    def _linked(self, field: Field, text: str) -> Any:
        rows = field.target.objects.all()
        if hasattr(rows, "visible_to") and not issubclass(field.target, KnownRow):
            rows = rows.visible_to(self.ctx)
        for lookup in (field.found_by, "pk"):
            try:
                found = list(rows.filter(**{lookup: text})[:2])
            except Exception as error:
                if type(error).__name__ == "ValidationError" or isinstance(error, ValueError):
                    continue
                raise
            if len(found) == 1:
                return found[0]
        return None


def _nothing(ledger: Ledger, field: Field) -> Any:
    column = ledger.model._meta.get_field(field.name)
    if field.kind == "choices":
        return []
    if column.null:
        return None
    return column.get_default() if column.has_default() else ""


def _parsed(parse: Any, raw: Any, said: str) -> Any:
    value = parse(str(raw).replace("/", "-").replace("年", "-").replace("月", "-").replace("日", ""))
    if value is None:
        raise ValueError(said)
    return value


def refuse(faults: Iterable[Fault]) -> None:
    """Raise BadInput with all of them, when there are any."""
    found = list(faults)
    if found:
        raise BadInput(
            "；".join(f["message"] for f in found),
            field=found[0]["field"],
            mend=_("补正后再提交，已填内容不会丢失"),
            faults=found,
        )
