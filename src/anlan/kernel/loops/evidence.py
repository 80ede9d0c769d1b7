"""Evidence of a step: read from a form or from JSON, checked against the declaration, refused with every fault at once."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from anlan.kernel.errors import BadInput
from anlan.kernel.moments import moment_in

from .declaration import Evidence, Step

_ABSENT: tuple[Any, ...] = (None, "", [], ())


def accept(step: Step, given: dict[str, Any], record: Any) -> dict[str, Any]:
    """The evidence in its declared types. Raises BadInput naming each missing or wrong field and how to mend it."""
    faults: list[dict[str, str]] = []
    accepted: dict[str, Any] = {}
    for spec in step.evidence:
        value = given.get(spec.name)
        if isinstance(value, str):
            value = value.strip()
        if value in _ABSENT:
            if spec.required and spec.kind != "bool":
                faults.append({"field": spec.name, "message": _("请填写“%(label)s”") % {"label": spec.label}})
            accepted[spec.name] = False if spec.kind == "bool" else None
            continue
        try:
            accepted[spec.name] = _read(spec, value)
        except ValueError as error:
            faults.append({"field": spec.name, "message": f"“{spec.label}”：{error}"})
    unknown = set(given) - {s.name for s in step.evidence}
    if unknown:
        faults.append(
            {"field": sorted(unknown)[0], "message": _("这一步不收“%(name)s”") % {"name": "、".join(sorted(unknown))}}
        )
    if faults:
        raise BadInput(
            "；".join(f["message"] for f in faults),
            field=faults[0]["field"],
            mend=_("补正后再提交，已填内容不会丢失"),
            faults=faults,
        )
    return accepted


def _read(spec: Evidence, value: Any) -> Any:
    if spec.kind in ("int", "decimal"):
        return _number(spec, value)
    if spec.kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "on", "yes", "是")
    if spec.kind in ("choice", "level"):
        if str(value) not in {key for key, _label in spec.choices}:
            raise ValueError(_("请从列出的选项中选择"))
        return str(value)
    if spec.kind == "datetime":
        return _moment(value)
    if spec.kind == "photo":
        return [str(v) for v in (value if isinstance(value, list | tuple) else [value])]
    if spec.kind == "place":
        return _place(value)
    text = str(value)
    if len(text) > spec.max_length:
        raise ValueError(_("最多 %(n)d 字，现有 %(now)d 字") % {"n": spec.max_length, "now": len(text)})
    return text


def _number(spec: Evidence, value: Any) -> int | float:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(_("请填数字")) from None
    if not number.is_finite():
        raise ValueError(_("请填数字"))
    if spec.kind == "int" and number != number.to_integral_value():
        raise ValueError(_("请填整数"))
    if spec.minimum is not None and number < Decimal(str(spec.minimum)):
        raise ValueError(_("不能小于 %(n)s") % {"n": spec.minimum})
    if spec.maximum is not None and number > Decimal(str(spec.maximum)):
        raise ValueError(_("不能大于 %(n)s") % {"n": spec.maximum})
    return int(number) if spec.kind == "int" else float(number)


def _moment(value: Any) -> str:
    moment = moment_in(value.isoformat() if isinstance(value, datetime) else str(value))
    if moment is None:
        raise ValueError(_("时间写成 2016-07-20 12:40 的样子"))
    return moment.isoformat()


def _place(value: Any) -> dict[str, float]:
    pair = value if isinstance(value, dict) else dict(zip(("lon", "lat"), str(value).split(","), strict=False))
    try:
        lon, lat = float(pair["lon"]), float(pair["lat"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(_("位置写成 经度,纬度")) from None
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(_("经纬度超出范围"))
    return {"lon": lon, "lat": lat}
