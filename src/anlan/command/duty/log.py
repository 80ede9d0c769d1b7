"""The 24-hour log: what happened in a day, read from the audit, and what people wrote themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.command.models import LogEntry
from anlan.kernel.context import Context
from anlan.kernel.loops import loops, model_of
from anlan.kernel.models import AuditEntry
from anlan.kernel.scope import above
from anlan.kernel.web.history import said
from anlan.kernel.wording import read
from anlan.places.models import Region

VIEW = "command.duty_log.view"
#: What of the house belongs into the log, by the beginning of the loop's key → kind of line.
KINDS: tuple[tuple[str, str], ...] = (
    ("command.incident", "incident"), ("command.incoming", "incident"), ("command.report", "report"), ("messaging.", "call"),
    ("command.rollcall", "call"), ("warning.", "warning"), ("analysis.signal", "signal"), ("decision.", "decision"),
    ("command.response", "decision"), ("command.task", "task"), ("action.", "task"), ("command.shift", "duty"),
    ("command.swap", "duty"), ("command.handover", "duty"), ("command.roster", "duty"), ("command.", "other"),
)  # fmt: skip
LABELS = {
    "own": gettext_lazy("自己记的"), "incident": gettext_lazy("接报和事件"), "report": gettext_lazy("信息报送"),
    "call": gettext_lazy("叫应点名"), "warning": gettext_lazy("预警"), "signal": gettext_lazy("监测信号"),
    "decision": gettext_lazy("决策响应"), "task": gettext_lazy("任务行动"), "duty": gettext_lazy("值班"), "other": gettext_lazy("其他"),
}  # fmt: skip
#: Bookkeeping that tells a reader nothing.
QUIET = frozenset({
    "command.report.refresh", "command.report.open", "command.report_clock.open", "command.report_clock.move_deadline",
    "command.report_clock.supersede", "command.report_clock.drop", "command.shift.open", "command.shift.cancel",
    "command.shift.reassign", "command.roster.open", "command.handover.open", "messaging.call.open", "messaging.call.climb",
})  # fmt: skip
#: What has no loop of its own: audit action → the permission to see it.
ENTRIES = {
    "messaging.round.started": "messaging.call.view", "action.relocation.record": "action.relocation.view",
    "command.task.chase": "command.task.view",
}  # fmt: skip
#: More than so many of the same within ten minutes are told in one line.
ONE_BY_ONE = 3
TOGETHER = timedelta(minutes=10)
#: So many entries of a day are read; a line at the place says when there are more.
MOST = 20_000


@dataclass(frozen=True)
class Line:
    """One line of the log. `own` entries carry their id; `corrected_by` are the texts of their corrections."""

    at: datetime
    kind: str
    text: str
    who: str
    url: str = ""
    own: str = ""
    own_kind: str = ""
    simulated: bool = False
    count: int = 1
    corrects: str = ""
    cut: bool = False
    corrected_by: list[str] = field(default_factory=list)

    @property
    def kind_name(self) -> Any:
        return LABELS[self.kind]


def duty_day(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight, local time."""
    starts = datetime(day.year, day.month, day.day, tzinfo=get_current_timezone())
    return starts, starts + timedelta(days=1)


def log_entries(
    ctx: Context, region: Region, since: datetime, until: datetime, *, kinds: Iterable[str] = ()
) -> list[Line]:
    """The log of a region (with all below it) from `since` until `until` of the context's world, oldest first.

    What the caller may not see does not stand in it. Raises NotAllowed without the right to the region's log.
    """
    ctx.require(VIEW, region.path)
    wanted = set(kinds) or set(LABELS)
    # That something is missing is said whatever was asked for.
    lines = [line for line in _automatic(ctx, region, since, until) if line.kind in wanted or line.cut]
    if "own" in wanted:
        lines += _own(ctx, region, since, until)
    return sorted(lines, key=lambda line: line.at)


def _own(ctx: Context, region: Region, since: datetime, until: datetime) -> list[Line]:
    rows = LogEntry.objects.visible_to(ctx).filter(scope__startswith=region.path, at__gte=since, at__lt=until)
    entries = list(rows.order_by("at"))
    corrections: dict[Any, list[str]] = defaultdict(list)
    for fix in LogEntry.objects.visible_to(ctx).filter(corrects__in=[e.pk for e in entries]).order_by("at"):
        corrections[fix.corrects_id].append(fix.text)
    wrong = {
        e.pk: e
        for e in LogEntry.objects.visible_to(ctx).filter(pk__in=[e.corrects_id for e in entries if e.corrects_id])
    }
    return [
        Line(
            at=e.at, kind="own", text=e.text, who="，".join(p for p in (e.by_name, e.by_post) if p), own=str(e.pk),
            own_kind=str(e.get_kind_display()), simulated=e.simulated, url=e.about[2] if len(e.about) > 2 else "",
            corrects=wrong[e.corrects_id].text if e.corrects_id in wrong else "", corrected_by=corrections[e.pk],
        )
        for e in entries
    ]  # fmt: skip


def _automatic(ctx: Context, region: Region, since: datetime, until: datetime) -> list[Line]:
    shown = [key for key in loops() if _kind(key) and model_of(key).view_permission]
    rows = AuditEntry.objects.filter(
        Q(object_type__in=shown) | Q(action__in=[a for a, may in ENTRIES.items() if may and ctx.may(may, region.path)]),
        # What is warned of from above is written on the region above.
        Q(scope__startswith=region.path) | Q(scope__in=above(region.path), object_type__startswith="warning."),
        world_id=ctx.world, at_world__gte=since, at_world__lt=until,
    ).exclude(action__in=QUIET).order_by("at_world", "id")[: MOST + 1]  # fmt: skip
    entries = list(rows)
    cut = [_cut(entries.pop())] if len(entries) > MOST else []
    records = _records(ctx, entries)
    entries = [e for e in entries if e.action in ENTRIES or e.object_id in records.get(e.object_type, {})]
    return _lines(entries, records) + cut


def _cut(first: AuditEntry) -> Line:
    """What was too much to be read is said, at the place from which it is missing."""
    words = {"n": MOST, "at": f"{localtime(first.at_world):%H:%M:%S}"}
    text = _("当天的记录超过 %(n)d 条，%(at)s 起由平台自动记下的没有列在这里，请到各事项的页面查看") % words
    return Line(at=first.at_world, kind="other", text=text, who=_("平台"), cut=True)


def _records(ctx: Context, entries: list[AuditEntry]) -> dict[str, dict[str, Any]]:
    """The records that the entries are about, as far as they may be seen."""
    ids: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        ids[entry.object_type].add(entry.object_id)
    return {
        key: {str(r.pk): r for r in model_of(key).objects.visible_to(ctx).filter(pk__in=ids[key]).with_relations()}
        for key in ids
        if key in loops()
    }


def _lines(entries: list[AuditEntry], records: dict[str, dict[str, Any]]) -> list[Line]:
    """The same thing done to many within a short time is one line with its number."""
    groups: list[list[AuditEntry]] = []
    latest: dict[str, list[AuditEntry]] = {}
    for entry in entries:
        group = latest.get(entry.action)
        if group is not None and entry.at_world - group[0].at_world <= TOGETHER:
            group.append(entry)
        else:
            latest[entry.action] = [entry]
            groups.append(latest[entry.action])
    found: list[Line] = []
    for group in groups:
        many = len(group) > ONE_BY_ONE and len({e.object_id for e in group}) > 1
        # Who came and went is told one by one.
        if many and _kind(group[0].object_type) != "duty":
            found.append(_together(group))
        else:
            found += [_line(e, records.get(e.object_type, {}).get(e.object_id)) for e in group]
    return found


def _together(group: list[AuditEntry]) -> Line:
    first = group[0]
    title = str(loops()[first.object_type].title) if first.object_type in loops() else ""
    words = {"what": title, "did": _did(first), "n": len(group)}
    names = "、".join(dict.fromkeys(_who(e) for e in group))
    return Line(
        at=first.at_world, kind=_kind(first.object_type), text=_("%(what)s %(n)d 项：%(did)s") % words, who=names[:80],
        url=f"/loop/{first.object_type}/?state=all", simulated=any(e.simulated for e in group), count=len(group),
    )  # fmt: skip


def _line(entry: AuditEntry, record: Any) -> Line:
    data = entry.data
    proof = "；".join(
        said(v)
        for k, v in (data.get("evidence") or {}).items()
        if v not in (None, "", [], False) and k not in ("report", "photo", "handover", "incident", "by")
    )
    if entry.action == "command.incident.open":
        text = _("接报：%(text)s") % {"text": data.get("text") or record.headline}
    elif entry.action == "messaging.round.started":
        text = _("发起叫应：%(why)s，%(n)s 处") % {"why": data.get("why") or "", "n": data.get("calls") or 0}
    elif entry.action == "action.relocation.record":
        text = _("登记转移 %(n)s 人：%(from)s") % {"n": data.get("people"), "from": data.get("from") or ""}
    else:
        title = record.headline if record is not None else ""
        words = {"loop": str(record.loop.title) if record is not None else "", "title": title, "did": _did(entry)}
        text = _("%(loop)s“%(title)s”%(did)s") % words
    extra = data.get("text") if entry.action != "command.incident.open" else ""
    text = "。".join(p for p in (text, str(extra or ""), proof, str(data.get("reason") or "")) if p)
    return Line(
        at=entry.at_world, kind=_kind(entry.object_type) or "other", text=text[:600], who=_who(entry), simulated=entry.simulated,
        url=record.get_absolute_url() if record is not None else "",
    )  # fmt: skip


def _did(entry: AuditEntry) -> str:
    if entry.action.endswith(".open"):
        return _("已生成")
    if entry.action.endswith(".late"):
        return f"{read(entry.label)}（{entry.data.get('rung', '')}）"
    return read(entry.label)


def _who(entry: AuditEntry) -> str:
    if entry.actor.startswith("system:"):
        return _("平台")
    return "，".join(p for p in (entry.actor_name, entry.post) if p)


def _kind(object_type: str) -> str:
    return next((kind for start, kind in KINDS if object_type.startswith(start)), "")
