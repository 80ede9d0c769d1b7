"""What is typed into a cell, read: numbers, words, windows, seasons, places. Raises BadBody naming the column. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from anlan.kernel.grammar import ORDERED_OPS

from ..data.criteria_files import shipped_properties
from .bodies import BadBody
from .words import CONFIDENCES, FUNCTIONS, OPERATORS, all_of, around_read, named, window_read

_FLAT = {"＞": ">", "＜": "<", "≥": ">=", "≤": "<=", "＝": "==", "=": "==", "≠": "!=", "=>": ">=", "=<": "<="}


def _put_var(leaf: dict[str, Any], text: str, own: Mapping[str, str]) -> None:
    # What stands behind the name (占面积 30%) is no part of it; a name may end in brackets of its own.
    names = (text, text.split("（")[0].strip(), text.split(" (")[0].strip())
    found = [p for p in shipped_properties().values() if {p.id, p.zh, gettext(p.zh)} & set(names)]
    text = names[1]
    if not found:
        if text == leaf["var"]:
            return
        raise BadBody("", "var", f"没有“{text[:30]}”这种观测量", "请从清单里选，例如 小时雨量、水位、能见度")
    if found[0].id != leaf["var"]:
        leaf["var"] = found[0].id
        leaf.pop("unit", None)
        if found[0].unit:
            leaf["unit"] = found[0].unit


def _put_op(leaf: dict[str, Any], text: str, own: Mapping[str, str]) -> None:
    wanted = named(OPERATORS, _FLAT.get(text, text))
    if wanted is None:
        raise BadBody("", "op", f"不认得比较“{text[:10]}”", f"可用 {all_of(OPERATORS)}")
    if wanted == leaf["op"]:
        return
    if wanted == "range" and "value" not in own:
        raise BadBody("", "value", "“范围”要写两个数", "例如 2.5～3.5，含下限不含上限")
    if leaf["op"] == "range" and "value" not in own:
        raise BadBody("", "value", "原来是范围，请同时写一个阈值")
    if wanted not in ORDERED_OPS:
        leaf.pop("margin", None)
    leaf["op"] = wanted


def _put_value(leaf: dict[str, Any], text: str, own: Mapping[str, str]) -> None:
    for name in ("value", "min", "max"):
        leaf.pop(name, None)
    if leaf["op"] in ("is_true", "is_false"):
        return
    if leaf["op"] == "range":
        ends = re.split(r"[～~]|\s+到\s*|\s*至\s*", text)
        if len(ends) != 2:
            raise BadBody("", "value", f"范围写成 下限～上限，收到的是“{text[:20]}”", "例如 2.5～3.5")
        leaf["min"], leaf["max"] = (_number(end, "value") for end in ends)
        return
    textual = leaf["var"] not in shipped_properties()
    values = [v.strip() for v in re.split(r"[、,，]", text)] if leaf["op"] == "in" else [text]
    read = [v if textual else _number(v, "value") for v in values]
    leaf["value"] = read if leaf["op"] == "in" else read[0]


def _put_fn(leaf: dict[str, Any], text: str, own: Mapping[str, str]) -> None:
    fn = named(FUNCTIONS, text)
    if fn is None:
        raise BadBody("", "fn", f"不认得统计“{text[:10]}”", f"可用 {all_of(FUNCTIONS)}")
    leaf.pop("fn", None)
    known = shipped_properties().get(leaf["var"])
    if fn == "held" and (leaf.get("duration_h") or leaf.get("consecutive_days")):
        return
    if fn != "held" and "duration_h" in leaf:
        leaf["window_h"] = leaf.pop("duration_h")
    if fn != "held":
        leaf.pop("consecutive_days", None)
    if fn in ("", "silence"):
        leaf.pop("window_h", None)
        leaf.pop("window_min", None)
    if fn and not (fn == "sum" and known and known.adds_up):
        leaf["fn"] = fn


def _put_window(leaf: dict[str, Any], text: str, own: Mapping[str, str]) -> None:
    old = {k: leaf.pop(k) for k in ("window_h", "window_min", "duration_h", "consecutive_days") if k in leaf}
    if not text:
        return
    found = window_read(text)
    if found is None:
        raise BadBody("", "window", f"不认得时段“{text[:12]}”", "例如 5分钟、3小时、2天、连续3天")
    minutes, each_day, in_days = found
    if each_day:
        if not in_days or minutes % 1440:
            raise BadBody("", "window", "“连续”只用于整天", "例如 连续3天")
        leaf["consecutive_days"] = int(minutes // 1440)
        leaf.pop("fn", None)
        return
    if minutes < 60:
        leaf["window_min"] = _whole(minutes)
    else:
        leaf["duration_h" if "duration_h" in old and not leaf.get("fn") else "window_h"] = _whole(minutes / 60)


def _put_margin(leaf: dict[str, Any], text: str, own: Mapping[str, str]) -> None:
    leaf.pop("margin", None)
    if text and (margin := _number(text, "margin")):
        leaf["margin"] = margin


def _number(text: str, column: str) -> float:
    try:
        number = float("_" if "_" in text else text)
    except ValueError:
        raise BadBody("", column, f"“{text[:20]}”不是数字", "请只写数字，单位在“单位”列") from None
    if number - number != 0:
        raise BadBody("", column, "应为有限的数字")
    return _whole(number)


def _whole(number: float) -> float:
    return int(number) if number == int(number) and abs(number) < 1e15 else number


def _read_season(text: str) -> list[list[str]]:
    found = []
    for part in filter(None, (p.strip() for p in re.split(r"[、,，;；]", text))):
        days = [d.strip() for d in re.split(r"[～~至]", part)]
        if len(days) != 2:
            raise BadBody(
                "", "season", f"季节写成 月-日～月-日，收到的是“{part[:20]}”", "例如 06-01～09-15；全年请留空"
            )
        found.append(days)
    return found


def _read_confidence(text: str) -> str:
    found = named(CONFIDENCES, text) or ("low" if text in ("低", "low") else None)
    if found is None:
        raise BadBody("", "confidence", f"可信度应为 {all_of(CONFIDENCES)}")
    return found


def _read_place(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    found = around_read(text)
    if found is None:
        raise BadBody("", "place", f"不认得范围“{text[:20]}”", "留空为全区，或写 测站编号 周围 100 km；面请用接口提交")
    return {"centre": found[0], "radius_km": found[1]}


#: Column of a condition → what a typed text does to it.
PUT = {
    "var": _put_var, "op": _put_op, "value": _put_value, "fn": _put_fn, "window": _put_window, "margin": _put_margin,
}  # fmt: skip
#: Column of the whole criterion → what a typed text says.
READ: dict[str, Any] = {
    "clear_after": lambda t: _number(t, "clear_after"), "hold_off_min": lambda t: _number(t or "0", "hold_off_min"),
    "season": _read_season, "place": _read_place, "source": str, "confidence": _read_confidence,
}  # fmt: skip
