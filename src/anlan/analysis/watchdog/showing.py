"""What the page of the platform's own state shows, as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from anlan.kernel import wording
from anlan.kernel.health import Measured, Verdict, measure, verdicts
from anlan.kernel.health.app import chain_state
from anlan.kernel.health.figures import Check
from anlan.kernel.health.processes import processes
from anlan.kernel.health.state import read_state

from ..models import ProbeRun, Upkeep
from .chain import LABELS, STAGES

#: The strip of a day: one mark for so many minutes.
BIN = timedelta(minutes=10)
GROUPS = {
    "chain": gettext_lazy("链路"),
    "readings": gettext_lazy("读数"),
    "queues": gettext_lazy("排队"),
    "machine": gettext_lazy("机器"),
}
_WORDS = {"ok": gettext_lazy("正常"), "trouble": gettext_lazy("有问题"), "unknown": gettext_lazy("不知道")}
_PHASES = {"ok": "done", "trouble": "late", "unknown": "waiting"}


def summary(found: Sequence[tuple[Check, Verdict]]) -> dict[str, Any]:
    """Whether all is well, in one line, and what to do when not."""
    told = chain_state("en" if (get_language() or "").startswith("en") else settings.LANGUAGE_CODE)
    bad = [verdict for _check, verdict in found if verdict.state == "trouble"]
    if told["state"] == "stuck":
        return {"phase": "late", "text": told["text"], "mend": told["mend"], "since": _instant(told["since"])}
    if told["state"] == "maintenance":
        return {
            "phase": "waiting",
            "text": _("平台正在检修"),
            "mend": _("停顿不会提醒，请以电话核实为准"),
            "since": None,
        }
    if told["state"] in ("unknown", "absent"):
        text = told["text"] or _("平台自检没有运行，不知道平台是否正常")
        return {
            "phase": "late",
            "text": text,
            "mend": told["mend"] or _("请告诉系统管理员"),
            "since": _instant(told["since"]),
        }
    if bad:
        return {
            "phase": "late",
            "text": _("平台能用，但有 %(n)d 处要处理") % {"n": len(bad)},
            "mend": "",
            "since": None,
        }
    if told["state"] == "starting":
        return {"phase": "waiting", "text": _("平台刚启动，正在自检"), "mend": "", "since": None}
    return {"phase": "done", "text": _("一切正常"), "mend": "", "since": None}


def check_rows(found: Sequence[tuple[Check, Verdict]]) -> list[dict[str, Any]]:
    """Checks, what needs somebody first."""
    rank = {"trouble": 0, "unknown": 1, "ok": 2}
    rows = sorted(found, key=lambda row: (rank[row[1].state], row[0].order))
    return [
        {
            "title": check.title, "phase": _PHASES[verdict.state], "word": _WORDS[verdict.state], "text": verdict.text,
            "mend": verdict.mend, "url": verdict.url,
        }
        for check, verdict in rows
    ]  # fmt: skip


def stage_rows() -> list[dict[str, Any]]:
    """Each stage with how long the last probe took to it, and where one is stuck."""
    state = read_state(settings.VAR_DIR) or {}
    took, stuck = state.get("stages") or {}, state.get("stage") or ""
    before = STAGES.index(stuck) if stuck in STAGES else 0 if stuck else len(STAGES)
    rows = []
    for index, stage in enumerate(STAGES):
        seconds = took.get(stage)
        rows.append(
            {
                "label": wording.shown(LABELS[stage]), "phase": "late" if index == before else "ended" if index > before else "done",
                "took": _took(seconds, known=bool(took) and index < before),
            }
        )  # fmt: skip
    return rows


def _took(seconds: float | None, *, known: bool) -> str:
    if not known:
        return "–"
    return _("通过") if seconds is None else _("%(ms)d 毫秒") % {"ms": seconds * 1000}


def strip(runs: Sequence[ProbeRun], upkeep: Sequence[Upkeep], now: datetime) -> list[dict[str, Any]]:
    """A day in marks of ten minutes: every probe came through, one was late, work was announced, or there was none (a gap)."""
    begin = now - timedelta(days=1)
    marks: list[list[ProbeRun]] = [[] for _n in range(int(timedelta(days=1) / BIN))]
    for run in runs:
        index = int((run.sent_at - begin) / BIN)
        if 0 <= index < len(marks):
            marks[index].append(run)
    words = {"ok": _("都通过"), "late": _("有探针没有按时通过"), "upkeep": _("检修"), "none": _("没有探针")}
    shown = []
    for index, own in enumerate(marks):
        at = begin + index * BIN
        state = "late" if any(r.stuck_at for r in own) else "ok" if own else "none"
        if state != "ok" and any(u.begun_at < at + BIN and (u.ended_at or u.until) > at for u in upkeep):
            state = "upkeep"
        shown.append({"state": state, "title": f"{localtime(at):%H:%M} {words[state]}"})
    return shown


def figure_groups(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """Figures that have a name on the page, by what they are about."""
    groups = []
    for key, title in GROUPS.items():
        rows = [_figure(m) for m in measured if m.gauge.group == key and m.gauge.title]
        if rows:
            groups.append({"title": title, "rows": rows})
    return groups


def _figure(found: Measured) -> dict[str, Any]:
    gauge = found.gauge
    parts = (
        [f"{'/'.join(labels)} {said(value, gauge.unit)}" for labels, value in sorted(found.samples.items()) if value]
        if gauge.labels
        else []
    )
    return {
        "title": gauge.title, "name": gauge.name, "url": gauge.url, "over": found.over, "error": found.error,
        "value": "–" if found.value is None else said(found.value, gauge.unit), "parts": "、".join(parts[:8]),
    }  # fmt: skip


def said(value: float, unit: Any) -> str:
    """A figure as one reads it: bytes and seconds in the unit that fits."""
    if unit == "B":
        for name, size in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
            if value >= size:
                return f"{value / size:.1f} {name}"
        return f"{value:.0f} B"
    if unit == "s":
        for text, size in ((_("%(n).1f 天"), 86400), (_("%(n).1f 小时"), 3600), (_("%(n).1f 分钟"), 60)):
            if value >= size:
                return text % {"n": value / size}
        return _("%(n).1f 秒") % {"n": value}
    return f"{value:,.0f}"


def process_rows() -> list[dict[str, Any]]:
    words = {"running": _("在运行"), "standing": _("停住不动"), "gone": _("没有在运行")}
    phases = {"running": "done", "standing": "late", "gone": "late"}
    return [
        {
            "name": p.name, "pid": p.pid, "word": words[p.state], "phase": phases[p.state], "memory": said(p.memory, "B"),
            "restarts": p.restarts,
        }
        for p in processes(settings.VAR_DIR)
    ]  # fmt: skip


def looked_at() -> tuple[list[tuple[Check, Verdict]], list[Measured]]:
    return verdicts(), measure()


def _instant(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
