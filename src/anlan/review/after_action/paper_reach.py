"""预警与叫应、转移安置: who was warned, who answered, who was moved and where to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from anlan.kernel.documents import Column, Heading, Paragraph, Table

from .gathering import Round, Story

ZONE = ZoneInfo("Asia/Shanghai")
COLOURS = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色", "white": "白色"}
ACTIONS = {"issue": "发布", "raise": "升级", "lower": "降级", "continue": "继续"}


def clock(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%m-%d %H:%M}" if at else "—"


def warning_blocks(story: Story) -> list[Any]:
    if not story.warnings:
        return []
    rows = [
        (clock(n.sent_at), f"{n.hazard_zh}{COLOURS.get(n.color, n.color)}", ACTIONS.get(n.action, n.action), n.issuer,
         f"{clock(n.closed_at)} {n.state_label}" if n.closed_at else str(n.state_label))
        for n in story.warnings
    ]  # fmt: skip
    columns = (
        Column("发布时间", 1.2),
        Column("预警", 1.3),
        Column("类型", 0.7),
        Column("发布单位", 1.4),
        Column("状态", 1.6),
    )
    note = (
        "标注“模拟”的预警为演练编写，不是气象部门当日发布的内容。" if any(n.simulated for n in story.warnings) else ""
    )
    out: list[Any] = [Heading("预警接收", 2), Table(columns, tuple(rows), caption="接收的预警", note=note)]
    reached = [s for s in story.signals if s.peak in ("orange", "red", "II", "I")]
    if story.signals:
        out.append(Paragraph(
            f"期间本区站点实况达到标准{len(story.signals)}站次，其中达到橙色及以上标准{len(reached)}站次；"
            "实况信号由平台按标准判定，不是预警。"
        ))  # fmt: skip
    return out


def calling_blocks(story: Story) -> list[Any]:
    if not story.rounds:
        return [Heading("叫应", 2), Paragraph("期间没有发起叫应。")]
    out: list[Any] = [Heading("叫应", 2)]
    rows = [
        (clock(r.round.started_at), r.round.why, str(r.total), str(r.answered), _rate(r), _minutes(r), str(r.by_hand))
        for r in story.rounds
    ]
    columns = (
        Column("发起", 1.2), Column("事由", 2.2), Column("应叫", 0.7, "right"), Column("应答", 0.7, "right"),
        Column("应答率", 0.9, "right"), Column("中位用时", 1, "right"), Column("人工", 0.7, "right"),
    )  # fmt: skip
    out.append(Table(columns, tuple(rows), caption="叫应情况", note="“人工”为电话或上门登记的应答。"))
    for r in story.rounds:
        if r.unanswered:
            names = "、".join(r.unanswered[:30]) + ("等" if len(r.unanswered) > 30 else "")
            out.append(Paragraph(f"{r.round.why}：仍有{len(r.unanswered)}处没有应答：{names}。"))
        superseded = r.total - r.answered - len(r.unanswered)
        if superseded:
            out.append(Paragraph(f"{r.round.why}：{superseded}处尚未应答即由新一轮叫应取代。"))
    return out


def _rate(r: Round) -> str:
    return f"{100 * r.answered / r.total:.1f}%" if r.total else "—"


def _minutes(r: Round) -> str:
    return f"{r.median_min:.0f}分钟" if r.median_min is not None else "—"


def shelter_blocks(story: Story) -> list[Any]:
    if not story.shelters and not story.relocations:
        return [Paragraph("期间没有开放避难场所的记录，也没有转移登记。")]
    out: list[Any] = []
    if story.shelters:
        rows = []
        for use, counts in story.shelters:
            most = max((c.people for c in counts), default=None)
            rows.append((
                use.name, use.region.name, clock(use.opened_at), clock(use.closed_at), use.capacity, most,
                f"{len(counts)}次" if counts else "未清点",
            ))  # fmt: skip
        columns = (
            Column("场所", 2), Column("街道", 1), Column("开放", 1.1), Column("关闭", 1.1), Column("容量", 0.7, "right"),
            Column("最多在场", 0.9, "right"), Column("清点", 0.8, "right"),
        )  # fmt: skip
        out.append(Table(columns, tuple(rows), caption="避难场所启用情况（人）"))
    if story.relocations:
        moved = [
            (clock(m.at), m.region.name, m.from_place, m.people, str(m.to_shelter or m.to_place or "—"))
            for m in story.relocations
        ]
        moved.append(("合计", "", "", sum(m.people for m in story.relocations), ""))
        heads = (
            Column("时间", 1.1),
            Column("地区", 1.1),
            Column("从哪里", 1.6),
            Column("人数", 0.8, "right"),
            Column("去向", 1.6),
        )
        out.append(Table(heads, tuple(moved), caption="转移登记（人次）", total=True))
    return out
