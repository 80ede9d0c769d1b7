"""A plan as an official paper, and the cards of its roles. Papers are Chinese in every language of the screen."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime

from anlan.kernel.documents import Annex, Column, Document, Heading, Items, Paragraph, Table

from .comparing import alternatives_of, condition_text
from .models import PlanVersion
from .wording import STARTS, TYPES, minutes_text, role_name

NUMBERS = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ"}


def plan_paper(version: PlanVersion) -> Document:
    """The whole plan: scope, organisation, levels with conditions and tasks, resources, notification, ending; texts and annexes."""
    content = version.content
    body: list[Any] = [Heading("总则")]
    for lead, text in (
        ("适用范围。", content.get("scope")), ("编制依据。", content.get("basis")), ("说明。", content.get("note")),
    ):  # fmt: skip
        if text:
            body.append(Paragraph(str(text), lead=lead))
    body.append(Heading("组织体系"))
    body += _organisation(content)
    body.append(Heading("应急响应"))
    for level in content.get("levels", []):
        body += _level(level, content)
    body.append(Heading("降级与终止"))
    for lead, key in (("降级条件：", "downgrade"), ("终止条件：", "terminate")):
        if content.get(key):
            body.append(Paragraph("；".join(str(t).rstrip("。；") for t in content[key]) + "。", lead=lead))
    if content.get("notify"):
        body += [Heading("通知名单"), _notify(content)]
    if content.get("resources"):
        body += [Heading("应急资源"), _resources(content)]
    for piece in content.get("sections") or ():
        body += [
            Heading(str(piece["title"])),
            *[Paragraph(line) for line in str(piece.get("text", "")).splitlines() if line.strip()],
        ]
    annexes = tuple(
        Annex(str(p["title"]), tuple(Paragraph(line) for line in str(p.get("text", "")).splitlines() if line.strip()))
        for p in (*(content.get("annexes") or ()), *(content.get("maps") or ()))
    )
    suggested = [
        lv["level"] for lv in content.get("levels", []) if lv.get("confidence", content.get("confidence")) == "low"
    ]
    whose = version.record.whose or "各区县默认"
    return Document(
        head=whose, style="report", title=_title(version), body=tuple(body), annexes=annexes, signature=whose,
        date=localtime(version.in_force_from).date(),
        notes=(f"{'、'.join(suggested)}级的触发数值为平台建议值，以本区批准的预案为准。",) if suggested else (),
    )  # fmt: skip


def _title(version: PlanVersion) -> str:
    title = version.title
    return title if title.endswith("预案") else f"{title}应急预案"


def _organisation(content: dict[str, Any]) -> list[Any]:
    members = content.get("organisation") or []
    if members:
        rows = tuple(
            (m.get("zh") or role_name(m["role"]), "、".join(m.get("held_by") or []) or None, m.get("duty") or None)
            for m in members
        )
        return [Table((Column("角色", 2), Column("承担", 3), Column("职责", 4)), rows)]
    roles = {c["role"]: None for lv in content.get("levels", []) for c in lv["tasks"]}
    return [Paragraph(f"本预案由下列单位和岗位承担任务：{'、'.join(role_name(r) for r in roles)}。")]


def _level(level: dict[str, Any], content: dict[str, Any]) -> list[Any]:
    cards = tuple(
        (c["zh"], role_name(c["role"]), f"{STARTS[c['t0']]}{minutes_text(c['within_min'])}") for c in level["tasks"]
    )
    name = NUMBERS.get(level["level"], level["level"])
    order = level.get("order")
    block: list[Any] = [
        Heading(f"{name}级响应", level=2),
        Paragraph(f"由{level['approve']['zh']}签发，每{minutes_text(level['report_every_min'])}报告一次。"),
        Paragraph("符合下列条件之一的，建议启动："),
        Items(tuple(condition_text(one) for one in alternatives_of(level["triggers"]))),
    ]
    if order:
        block.append(
            Paragraph(f"{order['matter']}，预计{order['expected_hours']}小时；{order['measures']}", lead="启动令：")
        )
    return [*block, Table((Column("任务", 5), Column("承担", 2.4), Column("时限", 2.2, "center")), cards)]


def _notify(content: dict[str, Any]) -> Table:
    names = {n["id"]: n.get("zh") or role_name(n["role"]) for n in content["notify"]}
    rows = tuple(
        (
            names[n["id"]],
            "、".join(n.get("levels") or ("各级",)),
            f"{n['within_min']}分钟",
            names.get(n.get("after", ""), "值班室"),
        )
        for n in content["notify"]
    )
    return Table((Column("通知谁", 4), Column("级别", 2), Column("时限", 1.5, "center"), Column("由谁通知", 2.5)), rows)


def _resources(content: dict[str, Any]) -> Table:
    rows = tuple(
        (
            r["zh"],
            None if r.get("quantity") is None else f"{r['quantity']:g}{r.get('unit', '')}",
            role_name(r.get("role", "")) or None,
        )
        for r in content["resources"]
    )
    return Table((Column("资源", 4), Column("数量", 2, "center"), Column("保障单位", 3)), rows)


__all__ = ["TYPES", "plan_paper"]
