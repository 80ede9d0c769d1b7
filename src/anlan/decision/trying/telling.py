"""What a try found, as JSON for the door and the page, and as lines to read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from anlan.kernel.figures import BadFacts, Problem

from ..data.plan_document import Plan
from ..data.trying_rules import trying_rules
from ..plan_files import Finding
from ..wording import STARTS, minutes_text, role_name
from .bottlenecks import find_bottlenecks, pressure
from .event import Moment
from .playing import Given, Tried, play

KINDS = {"start": "启动", "raise": "提升到", "lower": "降为", "end": "终止"}
ASSUMED = (
    "签发人按预案给的签发时限用满后签发，建议什么签什么",
    "条件不再满足并持续到保持时间后才建议降低或终止",
    "到期的任务视为完成；提升时没到期的同一任务合并，期限取较早的",
    "没有新数据的量沿用上一次的数值，null 为不详",
)


def try_plan(
    plan: Plan,
    moments: Sequence[Moment],
    held: Mapping[str, Collection[str]] | None = None,
    findings: Iterable[Finding] = (),
) -> dict[str, Any]:
    """Play and tell. Raises BadFacts when the event has no line that can be read."""
    if not moments:
        found = list(findings)
        problems = [Problem(f.where, f.code, f"{f.where} {f.what}；{f.mend}") for f in found[:20]]
        raise BadFacts(problems or [Problem("event", "empty", '事件是空的；每行写 {"time": …, "facts": {…}}')])
    return told(play(plan, moments), held, findings)


def told(
    tried: Tried, held: Mapping[str, Collection[str]] | None = None, findings: Iterable[Finding] = ()
) -> dict[str, Any]:
    """``{"plan", "from", "to", "levels", "tasks", "roles", "bottlenecks", "unknown", "problems", "assumed"}``.

    levels: ``{"time", "change", "level", "signer", "signed_at", "because"}``; tasks by their due time: ``{"id", "zh", "role", "level",
    "t0", "given_at", "due_at", "within_min", "merged", "dropped_at"}``; roles, the most pressed first: ``{"role", "tasks",
    "at_once", "at_once_at", "cards"}``; bottlenecks: see `find_bottlenecks`.
    """
    rules = trying_rules()
    kept = sorted(tried.given, key=lambda g: (g.due_at, g.card.id))
    most = pressure(kept)
    return {
        "plan": tried.plan.id, "plan_zh": tried.plan.zh, "hazard": tried.plan.hazard, "lines": tried.moments,
        "from": _iso(tried.begins), "to": _iso(tried.ends),
        "levels": [
            {
                "time": c.time.isoformat(), "change": c.kind, "level": c.level, "level_number": c.number, "signer": c.signer,
                "signer_zh": role_name(c.signer), "signed_at": c.signed_at.isoformat(), "because": c.because, "unknown": c.unknown,
            }
            for c in tried.changes
        ],
        "tasks": [_task(g) for g in kept],
        "roles": sorted(
            (
                {
                    "role": role, "role_zh": role_name(role), "tasks": sum(1 for g in kept if g.card.role == role),
                    "at_once": count, "at_once_at": at.isoformat(), "cards": [g.card.id for g in cards],
                }
                for role, (count, at, cards) in most.items()
            ),
            key=lambda r: (-r["at_once"], -r["tasks"], r["role"]),
        ),
        "bottlenecks": find_bottlenecks(tried.plan, kept, held), "unknown": tried.unknown,
        "problems": [f.as_dict() for f in (*findings, *tried.findings)],
        "assumed": [*ASSUMED, f"一个岗位同时有 {rules.many_at_once} 项任务在到期前 {rules.window_min} 分钟内为扎堆（建议值）"],
    }  # fmt: skip


def as_lines(found: Mapping[str, Any]) -> list[str]:
    """The result for a terminal."""
    lines = [f"{found['plan_zh']}：{_short(found['from'])} 至 {_short(found['to'])}，{found['lines']} 行事实", ""]
    lines.append("级别")
    for c in found["levels"]:
        said = KINDS[c["change"]] + ("" if c["change"] == "end" else f" {c['level']}级")
        lines.append(f"  {_short(c['time'])}  建议{said}，{c['signer_zh']}签发（至迟 {_short(c['signed_at'])}）")
    if not found["levels"]:
        lines.append("  没有达到任何级别的条件")
    lines += ["", "谁在何时之前做什么"]
    lines += [
        f"  {_short(t['due_at'])}  {t['role_zh']}：{t['zh']}（{t['level']}级，{t['said']}）" for t in found["tasks"]
    ]
    lines += ["", "瓶颈"]
    lines += [f"  {_short(b['from'])}  {b['what']}；{b['mend']}" for b in found["bottlenecks"]] or ["  没有发现"]
    lines += [f"  {p['where']}：{p['what']}；{p['mend']}" for p in found["problems"]]
    return lines


def _task(g: Given) -> dict[str, Any]:
    return {
        "id": g.card.id, "zh": g.card.zh, "role": g.card.role, "role_zh": role_name(g.card.role), "level": g.level,
        "t0": g.card.t0,
        "within_min": g.card.within_min, "said": f"{STARTS[g.card.t0]} {minutes_text(g.card.within_min)}", 
        "given_at": g.given_at.isoformat(), "due_at": g.due_at.isoformat(), "merged": g.merged, "dropped_at": _iso(g.dropped_at),
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _short(text: str | None) -> str:
    return datetime.fromisoformat(text).strftime("%m-%d %H:%M") if text else ""
