"""Proposals in words: each condition with its standard, the figure, its share of the area, its time and its origin."""

from __future__ import annotations

from datetime import datetime
from math import cos, radians
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from .data.variables import words
from .models import PlanVersion, Proposal

RESULTS = {"true": 0, "unknown": 1, "false": 2}


def trace_rows(trace: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the trace table, what is reached first, then what is unknown.

    ``{"label", "threshold", "fact", "share", "result", "said", "at", "source"}``; `fact` None is unknown.
    """
    return [_row(leaf) for leaf in sorted(trace, key=lambda t: RESULTS.get(str(t.get("result")), 3))]


def _row(leaf: dict[str, Any]) -> dict[str, Any]:
    unit = leaf.get("unit") or ""
    said = {"true": _("达到"), "false": _("未达到"), "unknown": _("不详")}
    fact = leaf.get("fact")
    return {
        "label": words().name(leaf["var"]),
        "threshold": threshold_text(leaf),
        "fact": None if fact is None else fact_text(fact, unit),
        "share": f"{leaf['share_pct']:g}%" if isinstance(leaf.get("share_pct"), int | float) else "",
        "result": leaf["result"],
        "said": said.get(str(leaf["result"]), ""),
        "at": leaf.get("at"),
        "source": leaf.get("source") or "",
    }


def threshold_text(leaf: dict[str, Any]) -> str:
    """``≥ 100 mm，面积 ≥ 30%``"""
    w, unit = words(), leaf.get("unit") or ""
    sign = {">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}.get(leaf.get("op", ""), leaf.get("op", ""))
    value = leaf.get("threshold")
    if leaf.get("op") in ("is_true", "is_false"):
        text = w.value(leaf["op"] == "is_true")
    elif isinstance(value, dict):
        text = f"{w.value(value.get('min'))}–{w.value(value.get('max'))} {unit}".strip()
    elif isinstance(value, list):
        joined = "、".join(w.value(v) for v in value)
        text = f"{w.value(value[0])}–{w.value(value[1])} {unit}".strip() if leaf.get("op") == "range" else joined
    else:
        text = f"{sign} {w.value(value)} {unit}".strip()
    if leaf.get("area_pct"):
        text += _("，面积占比 ≥ %(n)g%%") % {"n": leaf["area_pct"]}
    if leaf.get("over") is not None:
        text += _("（达到 %(n)s 的才算）") % {"n": f"{leaf['over']:g} {leaf.get('over_unit') or ''}".strip()}
    return text


def fact_text(fact: Any, unit: str) -> str:
    """A figure in words. A profile is said by its highest value and the share of the area that has it."""
    w = words()
    if isinstance(fact, list):
        parts = [p for p in fact if p.get("figure") is not None]
        if not parts:
            return ""
        shown = [
            _("%(figure)s（%(share)g%% 面积）") % {"figure": fact_text(p["figure"], unit), "share": p["share_pct"]}
            for p in parts[:3]
        ]
        return "、".join(shown) + ("…" if len(parts) > 3 else "")
    if isinstance(fact, dict) and "each" in fact:
        return _each_text(fact)
    if isinstance(fact, dict):
        bounds = []
        if "at_least" in fact:
            bounds.append(_("至少 %(n)s") % {"n": w.value(fact["at_least"])})
        if "at_most" in fact:
            bounds.append(_("至多 %(n)s") % {"n": w.value(fact["at_most"])})
        return f"{'，'.join(bounds)} {unit}".strip()
    return f"{w.value(fact)} {unit}".strip()


def _each_text(fact: dict[str, Any]) -> str:
    """``3 处有水（60、34、12），8 处无水，1 处不详``"""
    wet = [one for one in fact["each"] if one > 0]
    parts = []
    if wet:
        listed = "、".join(words().value(one) for one in wet[:8]) + ("…" if len(wet) > 8 else "")
        parts.append(_("%(n)d 处有（%(list)s）") % {"n": len(wet), "list": listed})
    if len(wet) < len(fact["each"]):
        parts.append(_("%(n)d 处为零") % {"n": len(fact["each"]) - len(wet)})
    if fact.get("unread") is None or fact["unread"]:
        parts.append(_("%(n)s 处不详") % {"n": fact["unread"]} if fact.get("unread") else _("其他不详"))
    return "，".join(parts)


def reason_line(proposal: Proposal) -> str:
    """Why, in one line: for lists, panels and messages."""
    if proposal.by_hand:
        return proposal.reason
    if proposal.below_since:
        return _("实况自 %(at)s 起低于现级别条件") % {"at": localtime(proposal.below_since).strftime("%m-%d %H:%M")}
    rows = trace_rows(proposal.because)
    return "；".join(f"{r['label']} {r['fact']}（{r['threshold']}）" for r in rows[:2])


def cards_of(proposal: Proposal) -> list[dict[str, Any]]:
    """The task cards of the level, as the plan has them."""
    from .names import role_names

    names = role_names()
    starts = {"receive": _("接报起"), "proposal": _("建议提交起"), "start": _("签发起"), "event": _("事发起")}
    return [
        {
            "id": c["id"], "text": c["zh"], "role": names.get(c["role"], c["role"]), "within": c["within_min"],
            "t0": starts.get(c["t0"], c["t0"]),
        }
        for c in proposal.level_content.get("tasks", [])
    ]  # fmt: skip


def level_rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The levels of a plan in the exported form, for reading: condition texts, who approves, how often is reported, the cards."""
    from .names import role_names

    names = role_names()
    return [
        {
            "level": lv["level"], "approve": lv["approve"]["zh"], "report_every_min": lv["report_every_min"],
            "conditions": condition_lines(lv["triggers"]), "suggested": (lv.get("confidence") or content.get("confidence")) == "low",
            "note": lv.get("note", ""),
            "cards": [{**c, "role": names.get(c["role"], c["role"])} for c in lv["tasks"]],
        }
        for lv in content.get("levels", [])
    ]  # fmt: skip


def member_rows(plan: PlanVersion) -> list[dict[str, Any]]:
    from .names import role_names

    names = role_names()
    return [
        {
            "name": m.get("zh") or names.get(m["role"], m["role"]),
            "held_by": m.get("held_by") or [],
            "duty": m.get("duty", ""),
        }
        for m in plan.content.get("organisation") or ()
    ]


def resource_rows(plan: PlanVersion) -> list[dict[str, Any]]:
    """What the plan counts on; an amount that nobody has entered is None."""
    from .names import role_names

    names = role_names()
    return [
        {
            "name": r["zh"], "amount": None if r.get("quantity") is None else f"{r['quantity']:g} {r.get('unit', '')}",
            "role": names.get(r.get("role", ""), r.get("role", "")), "place": r.get("place", ""),
        }
        for r in plan.content.get("resources") or ()
    ]  # fmt: skip


def notify_rows(plan: PlanVersion) -> list[dict[str, Any]]:
    """The phone tree, line by line: who, at which levels, by what, within how long, told by whom."""
    from .names import role_names

    names = role_names()
    given = plan.content.get("notify") or ()
    called = {n["id"]: n.get("zh") or names.get(n["role"], n["role"]) for n in given}
    means = channel_names()
    return [
        {
            "name": called[n["id"]], "levels": n.get("levels") or (), "by": "、".join(str(means[b]) for b in n.get("by") or ("phone",)),
            "within": n["within_min"], "after": called.get(n.get("after", ""), _("值班室")),
        }
        for n in given
    ]  # fmt: skip


def parallel_rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Responses side by side, for the page: what they are, what rules, which cards several of them ask for."""
    from .names import role_names

    names = role_names()
    return [
        {
            **one, "shared": [
                {**t, "role": names.get(t["role"], t["role"]), "count": len(t["plans"])} for t in one["tasks"] if len(t["plans"]) > 1
            ],
            "signer": names.get(one["approve_role"], one["approve_role"]),
        }
        for one in found
    ]  # fmt: skip


def map_rows(plan: PlanVersion) -> list[dict[str, Any]]:
    """Maps of a plan: text, and a drawn region as a sketch of 200 × 140 with the address where the one map shows its middle."""
    found = []
    for one in plan.content.get("maps") or ():
        corners = one.get("area") or []
        row: dict[str, Any] = {"title": one["title"], "text": one.get("text", ""), "points": "", "url": ""}
        if corners:
            xs, ys = [c[0] for c in corners], [c[1] for c in corners]
            middle = (min(ys) + max(ys)) / 2
            width = max((max(xs) - min(xs)) * cos(radians(middle)), 1e-9)
            size = min(180 / width, 120 / max(max(ys) - min(ys), 1e-9))
            shrink = cos(radians(middle)) * size
            row["points"] = " ".join(
                f"{10 + (x - min(xs)) * shrink:.1f},{10 + (max(ys) - y) * size:.1f}" for x, y in corners
            )
            row["url"] = f"/map/#13/{middle:.5f}/{(min(xs) + max(xs)) / 2:.5f}"
        found.append(row)
    return found


def channel_names() -> dict[str, str]:
    return {
        "phone": _("电话"), "message": _("平台消息"), "sms": _("短信"), "voice": _("语音外呼"), "radio": _("电台"), "broadcast": _("广播"),
        "paper": _("书面"),
    }  # fmt: skip


def trial_rows(result: dict[str, Any]) -> dict[str, Any]:
    """What a try found, for tables: levels with their reasons, cards by role."""
    said = {"start": _("启动"), "raise": _("提升"), "lower": _("降低"), "end": _("终止")}
    levels = [
        {
            **c, "at": moment(c["time"]), "signed": moment(c["signed_at"]), "said": said[c["change"]],
            "because": [f"{r['label']} {r['fact']}（{r['threshold']}）" for r in trace_rows(c["because"])[:4]],
        }
        for c in result["levels"]
    ]  # fmt: skip
    tasks = [{**t, "given": moment(t["given_at"]), "due": moment(t["due_at"])} for t in result["tasks"]]
    jams = []
    for jam in result["bottlenecks"]:
        ends = sorted((datetime.fromisoformat(jam["from"]), datetime.fromisoformat(jam["to"])))
        jams.append({**jam, "at": ends[0], "until": ends[1]})
    return {"levels": levels, "tasks": tasks, "bottlenecks": jams}


def condition_lines(condition: dict[str, Any]) -> list[str]:
    """The alternatives of a trigger, one line each."""
    if "any" in condition:
        return [line for part in condition["any"] for line in condition_lines(part)]
    if "all" in condition:
        return [_(" 且 ").join(line for part in condition["all"] for line in condition_lines(part))]
    if "var" not in condition:
        return []
    leaf = {**condition, "threshold": condition.get("value", [condition.get("min"), condition.get("max")])}
    return [f"{words().name(condition['var'])} {threshold_text(leaf)}"]


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
