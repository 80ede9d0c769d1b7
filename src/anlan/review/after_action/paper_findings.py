"""存在问题: only what the records prove. Judging why is left to those who were there."""

from __future__ import annotations

from typing import Any

from anlan.kernel.documents import Items, Paragraph

from .gathering import Story
from .paper_reach import clock


def finding_blocks(story: Story) -> list[Any]:
    """Late, unanswered, unknown, not done: counted. Without any, it says so."""
    found = finding_lines(story)
    if not found:
        return [Paragraph("按记录统计，没有发现超时、未应答、未办结和事实不详的情形。")]
    return [Paragraph("以下问题均由记录统计得出，原因和责任由评估人员核实。"), Items(tuple(found))]


def finding_lines(story: Story) -> list[str]:
    """Each finding as one line, reports and calls first."""
    return [*_calls(story), *_reports(story), *_decisions(story), *_tasks(story), *_unknown(story), *_lapses(story)]


def _calls(story: Story) -> list[str]:
    said = []
    for r in story.rounds:
        if r.unanswered:
            said.append(f"叫应“{r.round.why}”有{len(r.unanswered)}处至今没有应答；")
        slow = r.answered - r.within_10
        if slow:
            said.append(f"叫应“{r.round.why}”有{slow}处超过10分钟才应答；")
    return said


def _reports(story: Story) -> list[str]:
    late = [c for c in story.clocks if c.late_minutes]
    said = [
        f"{c}迟报{c.late_minutes}分钟（时限{clock(c.legal_at)}，报出{clock(c.met_at)}，{c.clause}）；" for c in late
    ]
    open_ = [c for c in story.clocks if c.met_at is None and c.certain and c.legal_at and c.legal_at < story.now]
    said += [f"{c}到期未报（时限{clock(c.legal_at)}，{c.clause}）；" for c in open_]
    return said


def _decisions(story: Story) -> list[str]:
    said = []
    for p in story.proposals:
        if p.decided_at and (p.decided_at - p.opened_at).total_seconds() / 60 > p.sign_within_min:
            said.append(f"“{p}”的建议超过{p.sign_within_min}分钟才决定；")
        if p.state == "lapsed" and not p.decided_by:
            said.append(f"“{p}”的建议无人决定而失效；")
    return said


def _tasks(story: Story) -> list[str]:
    said = []
    silent = sorted(
        {str(t.organisation) for t in story.tasks if not t.acknowledged_at and t.state in ("issued", "cancelled")}
    )
    if silent:
        said.append(f"没有签收任务的单位：{'、'.join(silent)}；")
    late = [t for t in story.tasks if t.finished_at and t.finished_at > t.due_from_plan]
    if late:
        names = sorted({str(t.organisation) for t in late})
        said.append(f"超时办结任务{len(late)}项，涉及{'、'.join(names[:12])}{'等' if len(names) > 12 else ''}；")
    undone = [t for t in story.tasks if t.state in ("acknowledged", "refused")]
    if undone:
        said.append(f"签收后没有办结的任务{len(undone)}项；")
    return said


def _unknown(story: Story) -> list[str]:
    labels = {"deaths": "死亡", "missing": "失踪", "injured": "受伤", "trapped": "被困"}
    said = []
    for incident in story.incidents:
        names = [zh for name, zh in labels.items() if incident.facts.get(name) is None]
        if names:
            said.append(f"“{incident.title}”的{'、'.join(names)}人数始终不详；")
    said += [f"{g.name}缺测{g.missing}个时次；" for g in story.gauges if g.missing]
    said += [f"{use.name}开放后没有清点人数；" for use, counts in story.shelters if not counts]
    return said


def _lapses(story: Story) -> list[str]:
    total = sum(story.late.values())
    if not total:
        return []
    by = "，".join(f"{kind}{n}件" for kind, n in story.late.most_common())
    return [f"按时限提醒升级的事项共{total}件：{by}；"]
