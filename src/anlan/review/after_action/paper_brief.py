"""The short form for a leader: course, levels, figures, decisions, lateness, lessons; some four pages, whatever the storm was."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from anlan.kernel.documents import Column, Document, Heading, Items, Moment, Paragraph, Table, Timeline

from .gathering import Story
from .paper import district, name_of, notes_of, summary
from .paper_command import CHANGES
from .paper_findings import finding_lines
from .paper_rain import rain_blocks
from .paper_reach import ACTIONS, COLOURS, clock

ZONE = ZoneInfo("Asia/Shanghai")
#: What keeps the paper short: rows and lines of each kind; the full report has all of them.
MOMENTS, LEVELS, DECISIONS, FINDINGS = 24, 10, 8, 10
_TURNS = frozenset({
    "command.incident.open", "command.incident.close", "command.incident.commander", "command.report.send", "command.order.signed",
    "action.shelter_use.open", "action.shelter_use.close",
})  # fmt: skip


def compose_brief(story: Story) -> Document:
    """The same story, told in a few pages. What was left out is said, and stands in the full report."""
    body: list[Any] = [Heading("概况"), Paragraph(summary(story))]
    body += rain_blocks(story)[1:2] if story.gauges else []
    body += [Heading("经过"), *_course(story)]
    body += [Heading("响应级别"), *_levels(story)] if story.orders else []
    body += [Heading("主要数字"), _figures(story)]
    body += [Heading("决策"), *_decisions(story)] if story.proposals else []
    findings = finding_lines(story)
    body += [Heading("超时、未应答和不详"), *_late(findings)]
    body += [Heading("经验和改进"), *_lessons(story)]
    made = story.now.astimezone(ZONE)
    return Document(
        title=f"{name_of(story)}\n应对工作评估报告（摘要）", body=tuple(body), style="report",
        signature=f"{district(story)}应急管理部门", date=made.date(), exercise=story.exercise,
        notes=("本摘要略去的经过、任务和时限逐项列于同时生成的全本。", *notes_of(story, made)),
    )  # fmt: skip


def _course(story: Story) -> list[Any]:
    """The turns of the story. When there are more than fit, warnings, orders and incidents come before the rest."""
    moments = [
        (0, Moment(n.sent_at, f"{n.issuer}{ACTIONS.get(n.action, '发布')}{n.hazard_zh}{COLOURS.get(n.color, n.color)}预警", "",
                   simulated=n.simulated))
        for n in story.warnings
    ]  # fmt: skip
    moments += [
        (0, Moment(o.signed_at, f"{CHANGES.get(o.change, o.change)}{o.level}级应急响应", o.signed_by))
        for o in story.orders
    ]
    moments += [
        (0, Moment(i.received_at, f"接报：{i.title}"[:80], i.source, simulated="模拟" in i.source))
        for i in story.incidents
    ]
    moments += [
        (1, Moment(r.sent_at, f"报出{r.stage_name} {r.serial}".strip(), r.signed_by))
        for r in story.reports
        if r.sent_at
    ]
    moments += [(1, Moment(u.opened_at, f"开放{u.name}", "")) for u, _counts in story.shelters]
    moments += [
        (2, Moment(r.round.started_at, f"发起叫应“{r.round.why}”，{r.total}处", r.round.started_by_name))
        for r in story.rounds
    ]
    moments += [(2, Moment(i.closed_at, f"结束：{i.title}"[:80], "")) for i in story.incidents if i.closed_at]
    if not moments:
        return [Paragraph("期间没有预警、来报和响应的记录。")]
    chosen = sorted(moments, key=lambda m: (m[0], m[1].at))[:MOMENTS]
    out: list[Any] = [Timeline(tuple(sorted((m for _rank, m in chosen), key=lambda m: m.at)), caption="主要经过")]
    left = len(moments) - len(chosen)
    return [*out, Paragraph(f"另有{left}项见全本。")] if left else out


def _levels(story: Story) -> list[Any]:
    orders = story.orders[-LEVELS:]
    rows = [
        (clock(o.signed_at), f"{CHANGES.get(o.change, o.change)}{o.level}级", o.signed_by, o.serial) for o in orders
    ]
    columns = (Column("时间", 1.1), Column("事项", 1), Column("签发", 2), Column("文号", 2))
    return [Table(columns, tuple(rows), caption="响应级别变化")]


def _figures(story: Story) -> Table:
    """One table of counts; what was not recorded is said to be so."""
    rows: list[tuple[str, str]] = []
    if story.gauges:
        top = story.gauges[0]
        best = top.maxima[1]
        hour = f"，最大1小时{best[0]:g}毫米" if best else ""
        rows.append(
            ("雨量", f"{top.name}累计{top.total:g}毫米{hour}" + (f"，缺测{top.missing}时次" if top.missing else ""))
        )
    rows.append(("预警", f"接收{len(story.warnings)}次"))
    called, answered = sum(r.total for r in story.rounds), sum(r.answered for r in story.rounds)
    within = sum(r.within_10 for r in story.rounds)
    rows.append(("叫应", f"{called}处次，应答{answered}，10分钟内{within}" if story.rounds else "没有发起"))
    met = [c for c in story.clocks if c.met_at]
    late = [c for c in met if c.late_minutes]
    due = [c for c in story.clocks if c.met_at is None and c.certain and c.legal_at and c.legal_at < story.now]
    rows.append(("突发事件", f"{len(story.incidents)}起"))
    rows.append(
        ("信息报送", f"应报{len(met) + len(due)}项，按时{len(met) - len(late)}，迟报{len(late)}，未报{len(due)}")
    )
    states = Counter(t.state for t in story.tasks)
    overdue = sum(1 for t in story.tasks if t.finished_at and t.finished_at > t.due_from_plan)
    silent = sum(1 for t in story.tasks if not t.acknowledged_at and t.state == "issued")
    rows.append((
        "任务",
        f"{len(story.tasks)}项，办结{states['done'] + states['checked']}，超时办结{overdue}，未签收{silent}，撤销{states['cancelled']}",
    ))  # fmt: skip
    most = sum(max((c.people for c in counts), default=0) for _use, counts in story.shelters)
    rows.append(
        ("避难场所", f"开放{len(story.shelters)}处，最多在场合计{most}人" if story.shelters else "没有开放的记录")
    )
    moved = sum(m.people for m in story.relocations)
    rows.append(("转移", f"登记{moved}人次" if story.relocations else "没有登记"))
    rows.append(("伤亡失联", _casualties(story)))
    return Table((Column("项目", 1), Column("数字", 5)), tuple(rows), caption="主要数字")


def _casualties(story: Story) -> str:
    """Known counts are added up; an incident in which nobody knows makes the sum a lower bound."""
    parts = []
    for name, zh in (("deaths", "死亡"), ("missing", "失踪"), ("injured", "受伤"), ("trapped", "被困")):
        values = [i.facts.get(name) for i in story.incidents]
        known = [v for v in values if v is not None]
        unknown = len(values) - len(known)
        if not known:
            parts.append(f"{zh}不详" if values else f"{zh}无记录")
        else:
            parts.append(f"{zh}{sum(known):g}人" + (f"（{unknown}起不详）" if unknown else ""))
    return "，".join(parts)


def _decisions(story: Story) -> list[Any]:
    lines = []
    for p in story.proposals[:DECISIONS]:
        result = {"approved": "批准", "declined": "不采纳", "lapsed": "失效", "waiting": "待决定"}.get(p.state, p.state)
        waited = f"，用时{(p.decided_at - p.opened_at).total_seconds() / 60:.0f}分钟" if p.decided_at else ""
        by = f"{p.decided_by}" if p.decided_by else "未经人工决定，"
        lines.append(f"{clock(p.opened_at)}建议{CHANGES.get(p.kind, p.kind)}{p.level}级，{by}{result}{waited}；")
    left = len(story.proposals) - DECISIONS
    return [Items(tuple(lines)), *([Paragraph(f"另有{left}项见全本。")] if left > 0 else [])]


def _late(findings: list[str]) -> list[Any]:
    if not findings:
        return [Paragraph("按记录统计，没有发现超时、未应答、未办结和事实不详的情形。")]
    left = len(findings) - FINDINGS
    return [Items(tuple(findings[:FINDINGS])), *([Paragraph(f"另有{left}项见全本。")] if left > 0 else [])]


def _lessons(story: Story) -> list[Any]:
    """What the records suggest looking into; the judgement is left to people, with room to write it."""
    said = []
    silent = sorted({str(t.organisation) for t in story.tasks if not t.acknowledged_at and t.state == "issued"})
    if silent:
        said.append(f"核对{'、'.join(silent[:8])}{'等' if len(silent) > 8 else ''}的值守电话和联系人；")
    if any(r.unanswered for r in story.rounds):
        said.append("核对没有应答地区的叫应梯次，补上能接通的下一级；")
    if any(c.late_minutes for c in story.clocks):
        said.append("复盘迟报各件的拟稿、签发用时，明确夜间签发人；")
    if any(
        p.decided_at and (p.decided_at - p.opened_at).total_seconds() / 60 > p.sign_within_min for p in story.proposals
    ):
        said.append("复盘超过签发时限的响应决定，明确不在岗时的代签人；")
    if any(g.missing for g in story.gauges):
        said.append("检查缺测站点的供电和通信；")
    if any(not counts for _use, counts in story.shelters):
        said.append("避难场所开放后按时清点人数；")
    out: list[Any] = (
        [Paragraph("以下由记录提出，是否采纳由评估人员决定。"), Items(tuple(said))]
        if said
        else [Paragraph("记录中没有需要提出的改进事项。")]
    )
    return [*out, Paragraph("（由评估人员填写）", lead="评估意见。")]
