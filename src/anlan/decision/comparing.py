"""Two versions of a plan side by side: what was added, removed or changed, piece by piece. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .wording import STARTS, TYPES, condition_text, minutes_text, role_name

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"
Row = dict[str, str]


def compare_plans(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``[{"title", "rows": [{"label", "before", "after", "change"}], "changes": n}]``, both in the exported form.

    Cards, members, resources and lines of the notification list are matched by their id, levels by their name, conditions by
    their words; what moved without changing is the same.
    """
    sections = [("总则", _pairs(_general(before), _general(after)))]
    names = [name for name in ("I", "II", "III", "IV") if name in {*_levels(before), *_levels(after)}]
    for name in names:
        old, new = _levels(before).get(name), _levels(after).get(name)
        sections.append((f"{name}级 启动条件", _pairs(_conditions(old), _conditions(new))))
        sections.append((f"{name}级 签发与报告", _pairs(_signing(old), _signing(new))))
        sections.append((f"{name}级 任务卡", _pairs(_cards(old), _cards(new))))
    sections += [
        (
            "组织体系",
            _pairs(_listed(before, "organisation", "role", _member), _listed(after, "organisation", "role", _member)),
        ),
        (
            "应急资源",
            _pairs(_listed(before, "resources", "id", _resource), _listed(after, "resources", "id", _resource)),
        ),
        ("通知名单", _pairs(_listed(before, "notify", "id", _notice), _listed(after, "notify", "id", _notice))),
        ("降级条件", _pairs(_texts(before, "downgrade"), _texts(after, "downgrade"))),
        ("终止条件", _pairs(_texts(before, "terminate"), _texts(after, "terminate"))),
        ("正文与附件", _pairs(_pieces(before), _pieces(after))),
    ]
    return [
        {"title": title, "rows": rows, "changes": sum(1 for r in rows if r["change"] != SAME)} for title, rows in sections if rows
    ]  # fmt: skip


def card_text(card: Mapping[str, Any]) -> str:
    """``乡镇(街道)：转移危险区人员（签发起 3 小时）``"""
    t0, within = str(card.get("t0", "")), card.get("within_min")
    limit = f"{STARTS.get(t0, t0)} {minutes_text(within)}" if isinstance(within, int | float) else ""
    needs = f"，等 {'、'.join(card['needs'])}" if card.get("needs") else ""
    return f"{role_name(str(card.get('role', '')))}：{card.get('zh', '')}（{limit}{needs}）"


def _pairs(before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]) -> list[Row]:
    """Rows of two tables of key → (label, text), in the order of the newer one, what is gone at the end."""
    rows = []
    for key, (label, text) in after.items():
        old = before.get(key)
        change = ADDED if old is None else SAME if old[1] == text else CHANGED
        rows.append({"label": label, "before": old[1] if old else "", "after": text, "change": change})
    for key, (label, text) in before.items():
        if key not in after:
            rows.append({"label": label, "before": text, "after": "", "change": REMOVED})
    return rows


def _general(plan: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    said = {
        "zh": "名称", "type": "类型", "basis": "编制依据", "scope": "适用范围", "upper": "上级预案", "source": "出处", 
        "confidence": "把握程度", "note": "说明",
    }  # fmt: skip
    sure = {"high": "高", "medium": "中", "low": "低（建议值）"}.get(str(plan.get("confidence")), "")
    shown = {**plan, "type": TYPES.get(str(plan.get("type") or "special"), ""), "confidence": sure}
    return {key: (label, str(shown[key])) for key, label in said.items() if shown.get(key)}


def _levels(plan: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    given = plan.get("levels")
    return {str(lv.get("level")): lv for lv in given if isinstance(lv, Mapping)} if isinstance(given, list) else {}


def _conditions(level: Mapping[str, Any] | None) -> dict[str, tuple[str, str]]:
    """Alternatives by the variables that they ask for, so that a changed figure is a change and not one gone and one new."""
    found: dict[str, tuple[str, str]] = {}
    for condition in alternatives_of((level or {}).get("triggers") or {}):
        key = "+".join(sorted(_variables(condition)))
        while key in found:
            key += "'"
        found[key] = ("", condition_text(condition))
    return found


def alternatives_of(condition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The alternatives of a trigger as written, each a condition of its own."""
    if not condition:
        return []
    if "any" in condition:
        return [one for part in condition["any"] for one in alternatives_of(part)]
    return [condition]


def _variables(condition: Mapping[str, Any]) -> list[str]:
    for key in ("any", "all"):
        if key in condition:
            return [v for part in condition[key] for v in _variables(part)]
    return [str(condition.get("var", ""))]


def _signing(level: Mapping[str, Any] | None) -> dict[str, tuple[str, str]]:
    if level is None:
        return {}
    approve, order = level.get("approve") or {}, level.get("order") or {}
    rows = {
        "approve": ("签发", str(approve.get("zh", ""))),
        "report": ("报告", f"每 {level.get('report_every_min')} 分钟"),
    }
    if order:
        rows["order"] = (
            "启动令",
            f"{order.get('matter', '')}；{order.get('expected_hours', '')} 小时；{order.get('measures', '')}",
        )
    return rows


def _cards(level: Mapping[str, Any] | None) -> dict[str, tuple[str, str]]:
    return {str(c.get("id")): ("", card_text(c)) for c in (level or {}).get("tasks") or [] if isinstance(c, Mapping)}


def _listed(plan: Mapping[str, Any], key: str, id_key: str, say: Any) -> dict[str, tuple[str, str]]:
    given = plan.get(key) or []
    return {str(one.get(id_key)): say(one) for one in given if isinstance(one, Mapping)}


def _member(one: Mapping[str, Any]) -> tuple[str, str]:
    return role_name(
        str(one.get("role", ""))
    ), f"{'、'.join(one.get('held_by') or []) or '未写明'}：{one.get('duty', '')}"


def _resource(one: Mapping[str, Any]) -> tuple[str, str]:
    quantity = one.get("quantity")
    amount = "数量未填" if quantity is None else f"{quantity:g} {one.get('unit', '')}"
    return str(one.get("zh", "")), f"{amount}（{role_name(str(one.get('role', '')))}）"


def _notice(one: Mapping[str, Any]) -> tuple[str, str]:
    levels = "、".join(one.get("levels") or ()) or "各级"
    return str(one.get("zh") or role_name(str(one.get("role", "")))), f"{levels}，{one.get('within_min')} 分钟内"


def _texts(plan: Mapping[str, Any], key: str) -> dict[str, tuple[str, str]]:
    return {str(text): ("", str(text)) for text in plan.get(key) or ()}


def _pieces(plan: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    found = {}
    for key in ("sections", "annexes", "maps"):
        for piece in plan.get(key) or ():
            found[f"{key}:{piece.get('title')}"] = (str(piece.get("title", "")), str(piece.get("text", "")))
    return found
