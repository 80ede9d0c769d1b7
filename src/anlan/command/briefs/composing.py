"""The facts of a day, section by section, each number with the very things that it counts.

Composed by the platform for one region: what lies on its path and below it, of one world.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.timezone import localtime

from anlan.analysis.models import Signal
from anlan.analysis.queries import figures_between
from anlan.command.duty.queries import on_duty, own_day
from anlan.command.facts import FIGURES, PEOPLE
from anlan.command.models import Incident, Incoming, OpinionTopic, Report, ReportClock, Response, Task
from anlan.command.responses.queries import task_counts
from anlan.kernel.context import Context
from anlan.kernel.scope import above
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.messaging.queries import rounds, tally
from anlan.places.queries import Region
from anlan.warning.models import Notice

#: So many of the things that a figure counts are kept with it; the figure itself counts all.
MOST_ITEMS = 300
MOST_LINES = 30

Item = dict[str, str]


@dataclass
class Section:
    """One heading of the brief. Figures are added with what they count; lines are sentences of their own."""

    key: str
    heading: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    lines: list[Item] = field(default_factory=list)

    def count(self, key: str, label: Any, rows: Iterable[Any], unit: Any = "") -> int:
        """A number of records: each is kept with its address."""
        items = [{"text": str(r), "url": r.get_absolute_url()} for r in rows]
        self.figure(key, label, len(items), unit, items)
        return len(items)

    def figure(
        self, key: str, label: Any, value: float | None, unit: Any = "", items: list[Item] | None = None
    ) -> None:
        self.figures.append({
            "key": f"{self.key}.{key}", "label": str(label), "value": value, "unit": str(unit), "items": (items or [])[:MOST_ITEMS],
            "before": None,
        })  # fmt: skip

    def line(self, text: Any, url: str = "") -> None:
        if len(self.lines) < MOST_LINES:
            self.lines.append({"text": str(text), "url": url})

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "heading": self.heading, "figures": self.figures, "lines": self.lines}


@dataclass(frozen=True, slots=True)
class Day:
    """What is composed: the region and the stretch of time, as the platform sees it. `now` ends a day that is not over."""

    ctx: Context
    region: Region
    since: datetime
    until: datetime

    @property
    def end(self) -> datetime:
        """The end of the day, or just after now where it is not over: what happened this very moment counts."""
        return min(self.until, self.ctx.now() + timedelta(microseconds=1))

    def of(self, model: Any) -> Any:
        """Records of the world in the region."""
        return model.objects.in_world(self.ctx).filter(scope__startswith=self.region.path)

    def open_at_end(self, rows: Any) -> Any:
        """Those that stood open when the day ended (or now)."""
        return rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=self.end), opened_at__lte=self.end)


@own_language()
def compose(
    ctx: Context, region: Region, since: datetime, until: datetime, before: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The sections of the brief of a day. `ctx`: the platform's own context in the world. `before`: figures of the brief of the day
    before by key, to compare with."""
    day = Day(ctx, region, since, until)
    found = [part(day).as_dict() for part in PARTS]
    for section in found:
        for figure in section["figures"]:
            figure["before"] = (before or {}).get(figure["key"])
    return found


def _duty(day: Day) -> Section:
    part = Section("duty", str(_("值班情况")))
    shifts = own_day(day.ctx, day.region, day.since, day.end)
    part.figure("shifts", _("班次"), len(shifts), _("班"), [_shift(s) for s in shifts])
    absent = [s for s in shifts if s.signed_on_at is None and s.starts_at < day.end]
    part.figure("absent", _("未签到"), len(absent), _("人"), [_shift(s) for s in absent])
    seated = on_duty(day.ctx, day.region, day.end)
    if seated:
        part.line(
            _("当前值班：%(who)s") % {"who": "、".join(f"{s.seat_name} {s.person.name}" for s in seated)}, "/duty/"
        )
    else:
        part.line(_("当日没有发布值班表"), "/duty/")
    return part


def _shift(shift: Any) -> Item:
    starts, ends = localtime(shift.starts_at), localtime(shift.ends_at)
    return {"text": f"{shift.seat_name} {shift.person.name} {starts:%m-%d %H:%M}—{ends:%H:%M}", "url": "/duty/"}


def _weather(day: Day) -> Section:
    part = Section("weather", str(_("天气和预警")))
    rows = Notice.objects.in_world(day.ctx).filter(
        Q(scope__startswith=day.region.path) | Q(scope__in=above(day.region.path)), sent_at__lt=day.end
    )
    rows = rows.order_by("level", "sent_at")
    touching = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=day.since))
    touching = [n for n in touching if n.expires_at is None or n.expires_at >= day.since]
    standing = [
        n
        for n in touching
        if (n.closed_at is None or n.closed_at > day.end) and (n.expires_at is None or n.expires_at > day.end)
    ]
    part.count("warnings", _("当日在效预警"), touching, _("条"))
    part.count("standing", _("目前在效"), standing, _("条"))
    for notice in touching[:8]:
        part.line(f"{localtime(notice.sent_at):%m-%d %H:%M} {notice.headline}", notice.get_absolute_url())
    rain = [
        (f.figures["rain_24h_mm"], f.at) for f in figures_between(day.ctx, day.region, day.since, day.end)
        if isinstance(f.figures.get("rain_24h_mm"), int | float)
    ]  # fmt: skip
    most = max(rain, default=None)
    part.figure("rain", _("24 小时面雨量最大值"), round(most[0], 1) if most else None, _("毫米"))
    return part


def _signals(day: Day) -> Section:
    part = Section("signals", str(_("监测信号")))
    rows = day.of(Signal)
    part.count(
        "raised",
        _("新出现"),
        rows.filter(opened_at__gte=day.since, opened_at__lt=day.end).order_by("opened_at"),
        _("个"),
    )
    part.count("standing", _("未解除"), day.open_at_end(rows).order_by("opened_at"), _("个"))
    return part


def _incidents(day: Day) -> Section:
    part = Section("incidents", str(_("突发事件")))
    rows = day.of(Incident).exclude(state__in=("merged", "false")).select_related("region")
    fresh = list(rows.filter(received_at__gte=day.since, received_at__lt=day.end).order_by("received_at"))
    part.count("new", _("新接报"), fresh, _("起"))
    part.count(
        "closed", _("办结"), rows.filter(closed_at__gte=day.since, closed_at__lt=day.end).order_by("closed_at"), _("起")
    )
    part.count("open", _("在办"), day.open_at_end(rows).order_by("received_at"), _("起"))
    grades = Counter(i.grade or str(_("待定")) for i in fresh)
    if fresh:
        part.line(_("新接报中：%(grades)s") % {"grades": "、".join(f"{g} {n} 起" for g, n in grades.most_common())})
    for name in PEOPLE:
        known = [i for i in fresh if i.facts.get(name) is not None]
        items = [{"text": f"{i} {i.facts[name]:g}", "url": i.get_absolute_url()} for i in known if i.facts[name]]
        part.figure(
            name, FIGURES[name][1], sum(i.facts[name] for i in known) if known or not fresh else None, _("人"), items
        )
    for incident in fresh:
        at = f"{localtime(incident.occurred_at or incident.received_at):%m-%d %H:%M}"
        part.line(
            f"{at} {incident.title}（{incident.grade or _('级别待定')}，{incident.state_label}）",
            incident.get_absolute_url(),
        )
    return part


def _reports(day: Day) -> Section:
    part = Section("reports", str(_("信息报送")))
    sent = day.of(Report).filter(sent_at__gte=day.since, sent_at__lt=day.end).order_by("sent_at")
    part.count("sent", _("发出报告"), sent, _("份"))
    met = list(
        day.of(ReportClock)
        .filter(met_at__gte=day.since, met_at__lt=day.end)
        .select_related("incident")
        .order_by("met_at", "pk")
    )
    late = [c for c in met if c.late_minutes]
    overdue = (
        day.of(ReportClock)
        .filter(legal_at__lte=day.end, opened_at__lte=day.end)
        .filter(Q(closed_at__isnull=True) | Q(closed_at__gt=day.end))
    )
    part.count("met", _("完成时限"), met, _("项"))
    part.count("late", _("其中迟报"), late, _("项"))
    part.count(
        "overdue",
        _("已超时未报"),
        overdue.exclude(state__in=("superseded", "dropped")).select_related("incident").order_by("legal_at", "pk"),
        _("项"),
    )
    part.figure("timely", _("及时率"), round(100 * (len(met) - len(late)) / len(met), 1) if met else None, "%")
    return part


def _responses(day: Day) -> Section:
    part = Section("responses", str(_("应急响应")))
    rows = list(day.open_at_end(day.of(Response)).select_related("region").order_by("started_at", "pk"))
    part.count("active", _("响应中"), rows, _("个"))
    counts = task_counts(day.ctx, rows)
    for response in rows:
        n = counts.get(response.pk, {})
        part.line(
            _("%(what)s：任务 %(total)d 项，未完成 %(open)d 项，超时 %(late)d 项")
            % {"what": response, "total": n.get("total", 0), "open": n.get("open", 0), "late": n.get("late", 0)},
            response.get_absolute_url(),
        )
    return part


def _calls(day: Day) -> Section:
    part = Section("calls", str(_("叫应")))
    rows = [
        r
        for r in rounds(day.ctx).filter(started_at__gte=day.since, started_at__lt=day.end)
        if r.scope.startswith(day.region.path)
    ]
    part.count("rounds", _("叫应轮次"), rows, _("轮"))
    counts = tally(day.ctx, rows).values()
    total, answered = sum(c["total"] for c in counts), sum(c["answered"] for c in counts)
    items = [{"text": str(r), "url": r.get_absolute_url()} for r in rows]
    part.figure("asked", _("叫应对象"), total, _("处"), items)
    part.figure("answered", _("已应答"), answered, _("处"), items)
    part.figure("rate", _("应答率"), round(100 * answered / total, 1) if total else None, "%")
    return part


def _opinion(day: Day) -> Section:
    part = Section("opinion", str(_("舆情")))
    rows = day.of(OpinionTopic).exclude(state="dismissed")
    fresh = list(rows.filter(opened_at__gte=day.since, opened_at__lt=day.end).order_by("opened_at"))
    part.count("new", _("新出现"), fresh, _("件"))
    part.count("open", _("未办结"), day.open_at_end(rows).order_by("opened_at"), _("件"))
    part.count("unreported", _("出现时无人报告"), [t for t in fresh if t.unreported], _("件"))
    for topic in fresh:
        verdict = f"，{topic.verdict_label}" if topic.verdict else ""
        part.line(
            _("%(title)s（%(n)d 次%(verdict)s）") % {"title": topic.title, "n": topic.items_count, "verdict": verdict},
            topic.get_absolute_url(),
        )
    return part


def _open(day: Day) -> Section:
    part = Section("open", str(_("待办")))
    part.count("incoming", _("待接来报"), day.open_at_end(day.of(Incoming)).order_by("opened_at", "pk"), _("条"))
    tasks = day.open_at_end(day.of(Task)).select_related("organisation").order_by("due_at", "pk")
    part.count("tasks", _("未办结任务"), tasks, _("项"))
    part.count("late", _("超时任务"), tasks.filter(due_at__lte=day.end, state__in=("issued", "acknowledged")), _("项"))
    return part


PARTS: tuple[Callable[[Day], Section], ...] = (
    _duty, _weather, _signals, _incidents, _reports, _responses, _calls, _opinion, _open,
)  # fmt: skip


def figures_of(facts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Values by key of kept sections."""
    return {f["key"]: f["value"] for section in facts for f in section["figures"]}


def said(figure: Mapping[str, Any]) -> str:
    """A figure as a sentence has it: 新接报 3 起（前一日 1）."""
    value = figure["value"]
    number = (
        str(_("不详"))
        if value is None
        else f"{value:g}{figure['unit']}"
        if figure["unit"] == "%"
        else f"{value:g} {figure['unit']}"
    )
    before = figure.get("before")
    tail = str(_("（前一日 %(n)s）") % {"n": f"{before:g}"}) if before is not None and before != value else ""
    return f"{figure['label']} {number.strip()}{tail}"
