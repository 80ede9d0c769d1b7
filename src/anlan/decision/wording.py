"""Conditions, moments and durations in Chinese words, without a running platform: for doors, findings and papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anlan.places.data.roster import read_role_names

from .data.variables import words

STARTS = {"receive": "接报起", "proposal": "建议提交起", "start": "签发起", "event": "事发起"}
TYPES = {
    "overall": "总体预案", "special": "专项预案", "department": "部门预案", "street": "镇街预案", "village": "村（社区）预案",
    "enterprise": "企业预案", "event": "重大活动预案",
}  # fmt: skip
_SIGNS = {">=": "≥", "<=": "≤", "==": "为", "!=": "不为", ">": "＞", "<": "＜"}


def role_name(role: str) -> str:
    return read_role_names().get(role, role)


def condition_text(condition: Mapping[str, Any]) -> str:
    """A condition as it stands in a plan, in one line: ``24小时雨量 ≥ 100 mm（面积 ≥ 30%）``."""
    for key, joined in (("any", " 或 "), ("all", " 且 ")):
        if key in condition:
            parts = [condition_text(part) for part in condition[key]]
            wrapped = [f"（{p}）" if " 或 " in p and key == "all" else p for p in parts]
            return joined.join(wrapped)
    if "not" in condition:
        return f"并非（{condition_text(condition['not'])}）"
    if "always" in condition:
        return "任何情况下"
    return _leaf_text(condition)


def _leaf_text(leaf: Mapping[str, Any]) -> str:
    w, name, unit, op = words(), words().name(str(leaf.get("var", ""))), leaf.get("unit") or "", str(leaf.get("op", ""))
    if op in ("is_true", "is_false"):
        return f"{name}：{w.value(op == 'is_true')}"
    if op == "range":
        text = f"{name} {w.value(leaf.get('min'))} 至 {w.value(leaf.get('max'))}"
    elif isinstance(leaf.get("value"), list):
        text = f"{name}为{'、'.join(w.value(v) for v in leaf['value'])}之一"
    elif isinstance(leaf.get("value"), str):
        sign = {">=": "达到", "<=": "不超过"}.get(op, _SIGNS.get(op, op))
        text = f"{name}{sign}{w.value(leaf['value'])}"
        return text + ("或以上" if op == ">=" else "")
    else:
        text = f"{name} {_SIGNS.get(op, op)} {w.value(leaf.get('value'))}"
    text = f"{text} {unit}".strip()
    extra = []
    if leaf.get("area_pct"):
        extra.append(f"面积 ≥ {leaf['area_pct']:g}%")
    if leaf.get("over") is not None:
        extra.append(f"达到 {leaf['over']:g} {leaf.get('over_unit') or ''}".strip() + " 的才算")
    for key, said in (("window_h", "小时内"), ("duration_h", "小时持续"), ("consecutive_days", "天连续")):
        if leaf.get(key):
            extra.append(f"{leaf[key]:g} {said}")
    return f"{text}（{'，'.join(extra)}）" if extra else text


def minutes_text(minutes: float) -> str:
    """``45 分钟``, ``2 小时``, ``1 天 12 小时``"""
    total = round(minutes)
    if total < 60 or (total % 60 and total < 180):
        return f"{total} 分钟"
    days, rest = divmod(total, 1440)
    hours, mins = divmod(rest, 60)
    parts = [f"{days} 天" if days else "", f"{hours} 小时" if hours else "", f"{mins} 分钟" if mins else ""]
    return " ".join(p for p in parts if p)
