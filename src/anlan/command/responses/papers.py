"""The order as an official paper: 启动令 with the four elements that the law demands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from anlan.decision.data.variables import words
from anlan.kernel.documents import Column, Document, Heading, Paragraph, Table
from anlan.kernel.worlds import REAL
from anlan.places.queries import organisations_acting_as

from ..models import Order

CHANGES = {"start": "启动", "raise": "提升", "lower": "降低", "end": "终止"}


def order_paper(order: Order) -> Document:
    """The paper of an order; the same order always gives the same paper. Papers are Chinese in every language of the screen."""
    response = order.response
    signed = localtime(order.signed_at)
    hq = next(iter(organisations_acting_as("hq", response.region.path)), None)
    agency = hq.name if hq else f"{response.region.name}应急指挥部"
    elements = order.elements
    level = f"{order.level}级" if order.change != "end" else f"{order.level}级（终止）"
    hours = elements.get("expected_hours")
    rows: list[tuple[object, ...]] = [
        ("响应事项", elements.get("matter", "")),
        ("响应级别", level),
        ("预计期限", f"{hours}小时" if hours else ("自签发时终止" if order.change == "end" else "视情况另行通知")),
        ("处置措施", elements.get("measures", "")),
    ]
    if elements.get("checked"):
        rows.append(("终止条件核实", elements["checked"]))
    if elements.get("note"):
        rows.append(("签发意见", elements["note"]))
    body: list[Any] = [
        Paragraph(
            f"经研判，决定自{signed:%Y}年{signed.month}月{signed.day}日{signed:%H}时{signed:%M}分起，"
            f"{CHANGES[order.change]}{response.title}{order.level}级应急响应。现将有关事项明确如下。"
        ),
        Table((Column("要素", 1, "center"), Column("内容", 5)), tuple(rows)),
    ]
    grounds = [_ground(item) for item in elements.get("because") or []]
    if grounds or elements.get("reason"):
        body.append(Heading("依据"))
        body += [Paragraph(text) for text in grounds]
        if elements.get("reason"):
            body.append(Paragraph(str(elements["reason"]), lead="申请理由："))
    if order.change in ("start", "raise"):
        body += [Heading("任务分工"), _tasks(order)]
    kind = "终止令" if order.change == "end" else "启动令" if order.change == "start" else "调整令"
    return Document(
        head=agency, title=f"{response.title}应急响应{kind}", body=tuple(body), serial=order.serial,
        addressee="各成员单位、各街道办事处", signature=agency, date=signed.date(), signers=(order.signed_by,),
        notes=("部分触发数值为平台建议值，以本区预案为准。",) if grounds else (), exercise=order.world_id != REAL,
    )  # fmt: skip


def _ground(item: dict[str, Any]) -> str:
    w = words()
    text = f"{w.name(item['var'])}{w.operators.get(item.get('op', ''), '')}{w.value(item.get('threshold', ''))}{item.get('unit') or ''}"
    if item.get("area_pct"):
        text += f"（面积占比不少于{item['area_pct']:g}%，实际{item.get('share_pct') or 0:g}%）"
    fact = item.get("fact")
    if isinstance(fact, int | float | str):
        text += f"，现为{w.value(fact)}{item.get('unit') or ''}"
    return text + "。"


def _tasks(order: Order) -> Table:
    """The tasks as they stood when the order was signed: later raises and reassignments do not rewrite a signed paper."""
    lines = tuple(
        (
            line["text"],
            "、".join(names) if len(names) <= 8 else f"{'、'.join(names[:8])}等{len(names)}个单位",
            f"{localtime(datetime.fromisoformat(line['due_at'])):%m-%d %H:%M}",
        )
        for line in order.elements.get("tasks", [])
        for names in [line["organisations"]]
    )
    return Table((Column("任务", 4), Column("承担单位", 4), Column("完成时限", 1.6, "center")), lines)
