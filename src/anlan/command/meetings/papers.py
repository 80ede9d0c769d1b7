"""The call to a meeting, and its minutes, as official papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import localtime

from anlan.command.minutes import minutes_paper, said_at, to_be_done
from anlan.command.models import Meeting, MeetingDecision, MeetingSeat
from anlan.kernel.documents import Document, Heading, Items, Paragraph
from anlan.kernel.worlds import REAL


def _unit(found: Meeting) -> str:
    return f"{found.headquarters.name}办公室"


def notice_of(found: Meeting, seats: Sequence[MeetingSeat]) -> Document:
    """会议通知."""
    where = "、".join(part for part in (found.place, "视频会议" if found.meeting_url else "") if part)
    body: list[Any] = [
        Paragraph(f"定于{said_at(found.starts_at)}召开{found.title}。现将有关事项通知如下。"),
        Heading("会议议程"), Items(tuple(f"{one.rstrip('。')}。" for one in found.agenda)),
        Heading("时间地点"), Paragraph(f"{said_at(found.starts_at)}，{where or '地点另行通知'}。"),
        Heading("参会人员"), Paragraph("、".join(s.name for s in seats) + "。"),
    ]  # fmt: skip
    return Document(
        head=found.headquarters.name, title=f"关于召开{found.title}的通知", body=tuple(body), addressee="各成员单位",
        signature=_unit(found), date=localtime(found.opened_at).date(), exercise=found.world_id != REAL,
    )  # fmt: skip


def minutes_of(found: Meeting, seats: Sequence[MeetingSeat], decisions: Sequence[MeetingDecision]) -> Document:
    """会议纪要: who came, what was talked over, what was decided, who does it by when."""
    by_state = {state: [s for s in seats if s.state == state] for state in ("present", "excused", "absent")}
    body: list[Any] = [
        Paragraph(f"{said_at(found.held_at or found.starts_at)}，{found.chair}主持召开{found.title}。"),
        Heading("会议议程"), Items(tuple(f"{one.rstrip('。')}。" for one in found.agenda)),
        Heading("会议内容"), *(Paragraph(part) for part in (found.minutes or "（纪要未写）").split("\n") if part.strip()),
        Heading("议定事项"),
        to_be_done((_who(d), _until(d)) for d in decisions) if decisions else Paragraph("没有需要落实的事项。"),
        Heading("到会情况"),
    ]  # fmt: skip
    for state, label in (("present", "到会"), ("excused", "请假"), ("absent", "缺席")):
        if by_state[state]:
            named = "、".join(f"{s.name}{f' {s.attendant}' if s.attendant else ''}" for s in by_state[state])
            body.append(Paragraph(f"{named}。", lead=f"{label}："))
    return minutes_paper(
        title=found.title if found.title.endswith("纪要") else f"{found.title}纪要", body=body, unit=_unit(found),
        at=found.signed_at or found.held_at or found.starts_at, exercise=found.world_id != REAL,
        head=f"{found.headquarters.name}会议纪要" if found.signed else "",
        serial=f"〔{found.year}〕{found.number}号" if found.signed else "",
        signer=found.signed_by,
    )  # fmt: skip


def _who(decision: MeetingDecision) -> str:
    return "、".join(u["name"] for u in decision.units)


def _until(decision: MeetingDecision) -> str:
    return f"{decision.text.rstrip('。')}（{said_at(decision.due_at)}前完成）" if decision.due_at else decision.text
