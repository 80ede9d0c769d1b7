"""时间线, complete, and the list of all tasks."""

from __future__ import annotations

from typing import Any

from anlan.kernel.documents import Column, Moment, Table, Timeline

from .gathering import Story
from .paper_reach import clock

#: Beyond so many steps of one kind within a minute the timeline says how many there were.
MANY = 5


def timeline_blocks(story: Story) -> list[Any]:
    """Every recorded step of warnings, calls, incidents, reports, the response and shelters, in order of time."""
    moments: list[Moment] = []
    names = _names(story)
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for entry in story.log:
        minute = entry.at_world.replace(second=0, microsecond=0)
        groups.setdefault((minute, entry.action, entry.label, _who(entry)), []).append(entry)
    for (_minute, _action, label, actor), entries in groups.items():
        named = list(dict.fromkeys(names.get(e.object_id, "") for e in entries))
        what = "、".join(n for n in named[:MANY] if n) + (f"等{len(entries)}项" if len(entries) > MANY else "")
        detail = _detail(entries[0]) if len(entries) == 1 else ""
        text = f"{label}：{what}{detail}" if what else f"{label}{detail}"
        moments.append(Moment(entries[0].at_world, text[:160], actor, simulated=entries[0].simulated))
    for rows in story.followups.values():
        moments += [Moment(f.at, f"来报：{f.text}"[:160], f.source or f.by_name, simulated=f.simulated) for f in rows]
    for use, counts in story.shelters:
        moments += [Moment(c.at, f"{use.name}清点{c.people}人", c.by_name, simulated=c.simulated) for c in counts]
    return [Timeline(tuple(sorted(moments, key=lambda m: m.at)), caption="全过程时间线")]


def _who(entry: Any) -> str:
    """Parts of the platform act under technical names, which say nothing on paper."""
    return entry.actor_name if not entry.actor.startswith("system:") or entry.simulated else "平台"


def _names(story: Story) -> dict[str, str]:
    names = {str(n.pk): n.title for n in story.warnings}
    names |= {str(i.pk): i.title for i in story.incidents}
    names |= {str(r.pk): f"{r.stage_name} {r.serial}".strip() for r in story.reports}
    names |= {str(c.pk): str(c) for c in story.clocks}
    names |= {str(p.pk): str(p) for p in story.proposals}
    names |= {str(r.pk): f"{r.title}应急响应" for r in story.responses}
    names |= {str(s.pk): str(s) for s in story.signals}
    names |= {str(u.pk): u.name for u, _c in story.shelters}
    names |= {str(r.round.pk): r.round.why for r in story.rounds}
    return names


def _detail(entry: Any) -> str:
    """The words that somebody gave with the step."""
    evidence = entry.data.get("evidence") or {}
    for name in ("text", "conclusion", "how", "reason", "note", "answered_by"):
        if evidence.get(name):
            return f"（{str(evidence[name])[:80]}）"
    return f"（{entry.data['level']}级，{entry.data['by']}）" if entry.action == "command.order.signed" else ""


def task_annex(story: Story) -> list[Any]:
    rows = [
        (
            str(t.organisation), t.text[:60], t.level, clock(t.acknowledged_at), clock(t.due_from_plan), clock(t.finished_at),
            str(t.state_label),
        )
        for t in sorted(story.tasks, key=lambda t: (str(t.organisation), t.opened_at))
    ]  # fmt: skip
    columns = (
        Column("单位", 1.3), Column("任务", 2.8), Column("级别", 0.5), Column("签收", 0.95), Column("时限", 0.95), Column("办结", 0.95),
        Column("状态", 0.8),
    )  # fmt: skip
    return [Table(columns, tuple(rows), caption="任务执行明细")]
