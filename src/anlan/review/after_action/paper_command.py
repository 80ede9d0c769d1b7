"""接报与报送、响应过程、任务执行."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.utils.dateparse import parse_datetime

from anlan.command.facts import FIGURES
from anlan.decision.data.variables import words
from anlan.kernel.documents import Column, Heading, Paragraph, Table

from .gathering import Story
from .paper_reach import clock

CHANGES = {"start": "启动", "raise": "提升", "lower": "降低", "end": "终止"}


def incident_blocks(story: Story) -> list[Any]:
    out: list[Any] = []
    for incident in story.incidents:
        out.append(Heading(f"{incident.title}（{incident.number}）", 2))
        grade = (
            f"{incident.grade}级"
            if incident.grade and not incident.grade.endswith("级")
            else incident.grade or "未定（事实不足）"
        )
        out.append(Paragraph(
            f"{clock(incident.received_at)}接{incident.source or '来源不详'}报告：{incident.text}拟定级别：{grade}。"
            f"{_facts(incident)}现为“{incident.state_label}”。",
            simulated="模拟" in incident.source,
        ))  # fmt: skip
        out += _commanders(story, incident)
        own = [c for c in story.clocks if c.incident_id == incident.pk]
        if own:
            out.append(_clocks(own))
            unsure = [c for c in own if is_unsure(c)]
            own = [c for c in own if not is_unsure(c)]
            met = [c for c in own if c.met_at]
            late = [c for c in met if c.late_minutes]
            timed = [c for c in met if c.legal_at]
            out.append(Paragraph(
                f"应报{len(own)}项，已报{len(met)}项；有时限的{len(timed)}项中，按时{len(timed) - len(late)}项，迟报{len(late)}项。"
                + (f"尚未报送{len(own) - len(met)}项。" if len(met) < len(own) else "")
                + (f"另有{len(unsure)}项因事实不详，是否适用未能确定。" if unsure else "")
            ))  # fmt: skip
        papers = [r for r in story.reports if r.incident_id == incident.pk]
        if papers:
            rows = [
                (r.stage_name, r.serial or "—", r.title, clock(r.signed_at), r.signed_by or "—", clock(r.sent_at))
                for r in papers
            ]
            columns = (
                Column("类别", 0.7), Column("文号", 1.5), Column("标题", 2.4), Column("签发", 1), Column("签发人", 1), Column("发出", 1),
            )  # fmt: skip
            out.append(Table(columns, tuple(rows), caption="信息报告"))
    return out


def _commanders(story: Story, incident: Any) -> list[Any]:
    """Who commanded at the scene, one after another."""
    named = [e for e in story.log if e.action == "command.incident.commander" and e.object_id == str(incident.pk)]
    parts = []
    for entry in named:
        after = entry.data.get("after") or {}
        since = parse_datetime(str(after.get("since") or "")) or entry.at_world
        why = f"（{entry.data['reason']}）" if entry.data.get("reason") else ""
        parts.append(f"{clock(since)}起{after.get('commander', '')}{why}")
    return [Paragraph(f"{'；'.join(parts)}。", lead="现场指挥。")] if parts else []


def is_unsure(clock_: Any) -> bool:
    """A limit that ran provisionally and was never shown to apply."""
    return clock_.met_at is None and not clock_.certain


def _facts(incident: Any) -> str:
    known, unknown = [], []
    for name, (_key, label, unit) in FIGURES.items():
        value = incident.facts.get(name)
        if value is not None:
            known.append(f"{label}{value:g}{unit}" if isinstance(value, int | float) else f"{label}{value}")
        elif name in ("deaths", "missing", "injured", "trapped"):
            unknown.append(str(label))
    said = f"掌握情况：{'，'.join(known)}。" if known else ""
    return said + (f"{'、'.join(unknown)}人数不详。" if unknown else "")


def _clocks(clocks: list[Any]) -> Table:
    stages = {"first": "首报", "continue": "续报", "final": "终报"}
    rows = []
    for c in clocks:
        if is_unsure(c):
            result = "是否适用不确定"
        elif c.met_at is None:
            result = "未报"
        elif c.legal_at is None:
            result = "已报（规则未定时限）"
        else:
            result = f"迟报{c.late_minutes}分钟" if c.late_minutes else "按时"
        to = f"{c.recipient_name}（{c.form_name}）"
        rows.append((stages.get(c.stage, c.stage), to, clock(c.legal_at), clock(c.met_at), result, c.clause))
    columns = (
        Column("报别", 0.6), Column("报送对象", 1.7), Column("时限", 1), Column("报出", 1), Column("结果", 1), Column("依据", 2.2),
    )  # fmt: skip
    return Table(columns, tuple(rows), caption="报送时限执行情况")


def response_blocks(story: Story) -> list[Any]:
    out: list[Any] = []
    if story.orders:
        rows = [
            (clock(o.signed_at), f"{CHANGES.get(o.change, o.change)}{o.level}级", o.serial, o.signed_by) for o in story.orders
        ]  # fmt: skip
        columns = (Column("签发时间", 1.1), Column("事项", 1), Column("文号", 2), Column("签发人", 2))
        out.append(Table(columns, tuple(rows), caption="响应级别变化"))
    for p in story.proposals:
        decided = f"{clock(p.decided_at)}由{p.decided_by}" if p.decided_by else "未经人工决定"
        result = {"approved": "批准", "declined": "不采纳", "lapsed": "失效", "waiting": "待决定"}.get(p.state, p.state)
        why = f"人工提出，{p.reason}" if p.reason else "；".join(_ground(t) for t in p.because) or "见预案"
        waited = f"，用时{(p.decided_at - p.opened_at).total_seconds() / 60:.0f}分钟" if p.decided_at else ""
        out.append(Paragraph(
            f"依据：{why}。{decided}{result}{waited}。", lead=f"{clock(p.opened_at)} 建议{CHANGES.get(p.kind, p.kind)}{p.level}级。"
        ))  # fmt: skip
    return out or [Paragraph("期间没有启动应急响应。")]


def _ground(item: dict[str, Any]) -> str:
    """A condition as judged: what, against what, and what was measured."""
    w = words()
    limit = f"{w.operators.get(item.get('op', ''), '')}{w.value(item.get('threshold', ''))}{item.get('unit') or ''}"
    text = f"{w.name(item['var'])}{limit}"
    if item.get("area_pct"):
        text += f"（面积占比不少于{item['area_pct']:g}%，实际{item.get('share_pct') or 0:g}%）"
    fact = item.get("fact")
    return f"{text}，当时为{w.value(fact)}{item.get('unit') or ''}" if isinstance(fact, int | float | str) else text


def task_blocks(story: Story) -> list[Any]:
    states = Counter(t.state for t in story.tasks)
    asked = len(story.tasks) - states["cancelled"]
    done = states["done"] + states["checked"]
    took = sorted((t.acknowledged_at - t.opened_at).total_seconds() / 60 for t in story.tasks if t.acknowledged_at)
    late_ack = sum(1 for t in story.tasks if t.acknowledged_at and t.acknowledged_at > t.acknowledge_by())
    late_done = [t for t in story.tasks if t.finished_at and t.finished_at > t.due_from_plan]
    median = f"签收用时中位数{took[len(took) // 2]:.0f}分钟，其中{late_ack}项超时签收；" if took else "没有任务签收；"
    text = (
        f"共下达任务{len(story.tasks)}项，撤销{states['cancelled']}项，实际要求{asked}项；办结{done}项"
        f"（{100 * done / asked:.1f}%），{median}超时办结{len(late_done)}项。" if asked else "任务均已撤销。"
    )  # fmt: skip
    by: dict[str, list[Any]] = defaultdict(list)
    for t in story.tasks:
        by[str(t.organisation)].append(t)
    rows = []
    for name, own in sorted(by.items()):
        finished = [t for t in own if t.finished_at]
        late = sum(1 for t in finished if t.finished_at > t.due_from_plan)
        silent = sum(1 for t in own if not t.acknowledged_at and t.state != "checked")
        rows.append((name, len(own), len(finished), silent, late))
    rows.append(
        (
            "合计",
            len(story.tasks),
            sum(int(r[2]) for r in rows),
            sum(int(r[3]) for r in rows),
            sum(int(r[4]) for r in rows),
        )
    )
    columns = (
        Column("单位", 2.6), *(Column(label, 0.8, "right") for label in ("任务", "办结", "未签收", "超时")),
    )  # fmt: skip
    return [
        Paragraph(text),
        Table(columns, tuple(rows), caption="各单位任务执行情况（项）", total=True, note="逐项情况见附件。"),
    ]
