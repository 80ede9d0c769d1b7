"""From the story to the paper: the after-action report in the look of an official document. Papers are Chinese in every language."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from anlan.command.models import Response
from anlan.kernel.documents import Annex, Document, Heading, Paragraph

from .gathering import Story
from .paper_command import incident_blocks, response_blocks, task_blocks
from .paper_findings import finding_blocks
from .paper_rain import rain_blocks
from .paper_reach import calling_blocks, shelter_blocks, warning_blocks
from .paper_timeline import task_annex, timeline_blocks

ZONE = ZoneInfo("Asia/Shanghai")


def compose(story: Story) -> Document:
    """The whole paper. Every figure is counted from records; what nobody recorded is said to be unknown."""
    body: list[Any] = [Heading("概况"), Paragraph(summary(story))]
    body += [Heading("雨情"), *rain_blocks(story)] if story.gauges else []
    body += (
        [Heading("预警与叫应"), *warning_blocks(story), *calling_blocks(story)]
        if story.warnings or story.rounds
        else []
    )
    body += [Heading("接报与报送"), *incident_blocks(story)] if story.incidents else []
    body += [Heading("响应过程"), *response_blocks(story)] if story.responses else []
    body += [Heading("任务执行"), *task_blocks(story)] if story.tasks else []
    body += [Heading("转移安置"), *shelter_blocks(story)]
    body += [Heading("时间线"), *timeline_blocks(story)]
    body += [Heading("存在问题"), *finding_blocks(story)]
    annexes = (Annex("任务执行明细", tuple(task_annex(story))),) if story.tasks else ()
    made = story.now.astimezone(ZONE)
    return Document(
        title=f"{name_of(story)}\n应对工作评估报告", body=tuple(body), style="report", annexes=annexes,
        signature=f"{district(story)}应急管理部门", date=made.date(), exercise=story.exercise,
        notes=notes_of(story, made),
    )  # fmt: skip


def moment(at: datetime | None) -> str:
    """20日12时40分, or 不详."""
    if at is None:
        return "不详"
    local = at.astimezone(ZONE)
    return f"{local.day}日{local:%H}时{local:%M}分"


def full(at: datetime) -> str:
    local = at.astimezone(ZONE)
    return f"{local.year}年{local.month}月{local.day}日{local:%H}时{local:%M}分"


def name_of(story: Story) -> str:
    """What the report is about."""
    if isinstance(story.subject, Response):
        day = story.since.astimezone(ZONE)
        return f"{district(story)}“{day.month}·{day.day}”{story.subject.title}应急响应"
    return str(story.subject.title)


def district(story: Story) -> str:
    """The place whose authority signs."""
    return story.region.name


def summary(story: Story) -> str:
    """The story in one paragraph, every figure counted from records."""
    parts = [f"{full(story.since)}至{full(story.until)}，"]
    if isinstance(story.subject, Response):
        levels = [o.level for o in story.orders if o.change in ("start", "raise")]
        parts.append(f"{district(story)}实施{story.subject.title}应急响应，")
        parts.append(f"先后启动{'、'.join(levels)}级，" if levels else "")
        parts.append("现已终止。" if story.subject.closed_at else "目前仍在响应中。")
    else:
        parts.append(f"{district(story)}处置“{story.subject.title}”（{story.subject.number}），")
        parts.append(f"现为“{story.subject.state_label}”。")
    if story.gauges:
        top = story.gauges[0]
        parts.append(f"期间{top.name}累计降雨{top.total:g}毫米。")
    parts.append(f"共接收预警{len(story.warnings)}次，" if story.warnings else "期间没有接收到预警，")
    if story.rounds:
        called, answered = sum(r.total for r in story.rounds), sum(r.answered for r in story.rounds)
        parts.append(f"叫应{called}处次、应答{answered}处次，")
    parts.append(f"接报突发事件{len(story.incidents)}起，")
    parts.append(f"下达任务{len(story.tasks)}项，" if story.tasks else "")
    moved = sum(r.people for r in story.relocations)
    parts.append(f"登记转移{moved}人次。" if story.relocations else "没有转移登记。")
    return "".join(parts)


def notes_of(story: Story, made: datetime) -> tuple[str, ...]:
    """What a reader must know about where the figures come from."""
    said = [f"本报告由平台根据记录于{full(made)}（{'演练' if story.exercise else ''}时间）生成，数字均由记录统计得出。"]
    if story.exercise:
        said.append(f"本报告所述为演练“{story.scenario}”，除注明实测的雨量外，预警、来电、人员应答和反馈均为模拟。")
    return tuple(said)
