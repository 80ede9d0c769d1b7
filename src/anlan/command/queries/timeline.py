"""The story of an incident: everything said, sent, done and measured, in one line of time. Review builds its report on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Q, QuerySet, UUIDField, Value
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.command.facts import said_fact, said_figures
from anlan.command.models import (
    Appeal,
    Consultation,
    CooperationRequest,
    Followup,
    Incident,
    Incoming,
    OpinionTopic,
    Report,
    ReportClock,
    Response,
    SitePost,
    Task,
    Whistle,
    WhistleCall,
)
from anlan.kernel.asking import Open, among, ask
from anlan.kernel.context import Context
from anlan.kernel.loops import loops, model_of
from anlan.kernel.models import Attachment, AuditEntry
from anlan.kernel.services.attachments import shown_attachments
from anlan.kernel.web.history import said
from anlan.kernel.wording import read

from .noted import NOTED, QUIET, Noted, noted, parts, told_together, words_of

#: Loops whose records belong to the story of every incident that they cover: warnings, proposals, responses with their orders.
COVERING = ("warning.notice", "warning.receipt", "decision.proposal", "command.response")
#: Loops whose records count wherever in the county they stand: a standard reached at the gauge next door.
NEARBY = ("analysis.signal",)
#: Loops of what was done in the street of the place, with the steps that tell somebody something.
ON_THE_SPOT: dict[str, tuple[str, ...]] = {
    "messaging.call": ("answer", "answer_late", "record_answer", "record_late", "exhaust", "send_somebody", "reach"),
    "action.shelter_use": ("open", "count", "close"),
    "command.task": ("open", "acknowledge", "report", "finish", "refuse", "cancel"),
}
#: What has no loop of its own: audit action → the permission to see it.
ENTRIES = {"messaging.round.started": "messaging.call.view", "action.relocation.record": "action.relocation.view"}
AROUND = (*COVERING, *NEARBY, *ON_THE_SPOT)
#: Records of an incident that may stand in its story, and what their names are made of beside their own fields.
_OWN: dict[Any, tuple[str, ...]] = {
    Report: (), ReportClock: (), Task: ("organisation",), Response: (), OpinionTopic: (), CooperationRequest: (), Consultation: (),
    SitePost: (), Whistle: (), Appeal: (),
    WhistleCall: ("organisation", "whistle"),
}  # fmt: skip
_SELDOM: tuple[Any, ...] = (
    Response,
    OpinionTopic,
    CooperationRequest,
    Consultation,
    SitePost,
    Whistle,
    WhistleCall,
    Appeal,
)
#: How long before the report the story begins: what was measured and done by then, and what was warned of.
PRELUDE = timedelta(hours=6)
WARNED = timedelta(hours=24)
MOST = 2000
MOST_AROUND = 600
COUNTY_DIGITS = 6
_MAJOR = frozenset({
    "command.incident.open", "command.incident.close", "command.incident.grade", "command.incident.dismiss", "command.incident.merge",
    "command.incident.commander",
    "command.report.sign", "command.report.send", "command.response.open", "command.response.raise", "command.response.lower",
    "command.response.end",
})  # fmt: skip
#: Records that a moment of the story leads to.
_LINKED = (
    Report | Task | Response | CooperationRequest | Consultation | SitePost | Whistle | WhistleCall | Appeal | Noted
)
#: Bookkeeping of the machine that tells a reader nothing.
_QUIET = frozenset({
    "command.report.refresh", "command.report_clock.open", "command.report_clock.move_deadline", "command.report.open",
    "kernel.attachment.attach", "command.report_clock.supersede", *QUIET,
})  # fmt: skip


@dataclass(frozen=True)
class TimelineItem:
    """One moment. `kind`: incident, report, clock, task, response, around; `at` is the world's clock, `recorded_at` the wall's."""

    at: datetime
    recorded_at: datetime
    text: str
    who: str
    kind: str
    action: str
    object_type: str
    object_id: str
    major: bool = False
    simulated: bool = False
    url: str = ""
    attachments: list[dict[str, Any]] = field(default_factory=list)


#: The loops whose records make an incident's own story.
STORY = tuple(m.loop.key for m in (Incident, *_OWN))
_INCIDENT = Open("incident", UUIDField())

Records = dict[str, dict[str, Any]]
"""Records by loop key and id."""


def timeline(ctx: Context, incident: Incident, records: Records | None = None) -> list[TimelineItem]:
    """The story of an incident that the caller may see, oldest first; other records only as far as `ctx` sees them.
    `records`: those of `records_of`, when the caller has read them already."""
    names = records_of(ctx, incident) if records is None else records
    entries = ask(ctx, _told, **_ids(names))
    more, around = _around(ctx, incident, {(t, i) for t, ids in names.items() for i in ids})
    entries += more
    words = _Words(ctx, incident, names, around)
    items = _said_once([words.item(e) for e in _without_repeats(entries, names)])
    opened = _clocks_started(ctx, words.starts())
    return told_together(sorted([*items, *opened], key=lambda i: (i.at, i.recorded_at)))


def _without_repeats(entries: list[AuditEntry], names: Records) -> list[AuditEntry]:
    """Without the tasks that an instruction became: its own line names everybody who got one."""
    given = {e.object_id for e in entries if e.action == "command.instruction.give"}
    tasks = names.get(Task.loop.key, {})
    return [
        e
        for e in entries
        if not (
            e.action == "command.task.open" and e.object_id in tasks and str(tasks[e.object_id].instruction_id) in given
        )
    ]


def _said_once(items: list[TimelineItem]) -> list[TimelineItem]:
    """Without the same words about the same thing within a minute: a limit that had passed when it began tells everybody at once."""
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for item in items:
        key = (item.object_id, item.text, f"{item.at:%Y%m%d%H%M}")
        if item.action.endswith(".late") and key in seen:
            continue
        seen.add(key)
        kept.append(item)
    return kept


def records_of(ctx: Context, incident: Incident) -> Records:
    """The incident with its reports, clocks, tasks, responses and merged incidents by loop key and id, as far as they may be
    seen."""
    found: Records = {Incident.loop.key: {str(incident.pk): incident}}
    there = set()
    for key, pk in ask(ctx, _seldom_there, incident=incident.pk):
        there.add(key)
        if pk:
            found.setdefault(key, {})[pk] = noted(key, incident.pk, pk)
    for model in _OWN:
        if model in _SELDOM and model.loop.key not in there:
            found[model.loop.key] = {}
            continue
        found[model.loop.key] = {str(r.pk): r for r in ask(ctx, _of_incident(model), incident=incident.pk)}
        for record in found[model.loop.key].values():
            record.incident = incident
    for part in ask(ctx, _merged, incident=incident.pk):
        found[Incident.loop.key][str(part.pk)] = part
    return found


def _seldom_there(ctx: Context) -> QuerySet[Any]:
    """Loops of which the incident has any record, of those that most incidents have none of, with an empty id; and each of what has no
    loop (`noted`) by its id: one question instead of one each."""
    first, *rest = [
        model.objects.visible_to(ctx)
        .filter(incident=_INCIDENT)
        .order_by()
        .annotate(of_loop=Value(model.loop.key, output_field=CharField()), of_key=Value("", output_field=CharField()))
        .values_list("of_loop", "of_key")
        for model in _SELDOM
    ]
    rest += parts(ctx)
    found: QuerySet[Any] = first.union(*rest)
    return found


@cache
def _of_incident(model: Any) -> Callable[[Context], QuerySet[Any]]:
    def rows(ctx: Context) -> QuerySet[Any]:
        found: QuerySet[Any] = model.objects.visible_to(ctx).filter(incident=_INCIDENT)
        related = _OWN.get(model, ())
        return found.select_related(*related) if related else found

    return rows


def _merged(ctx: Context) -> QuerySet[Incident]:
    return Incident.objects.visible_to(ctx).filter(merged_into=_INCIDENT)


def _told(_ctx: Context) -> QuerySet[AuditEntry]:
    """History of records by loop: the caller has read the records as the person sees them."""
    return AuditEntry.objects.filter(_of((*STORY, *NOTED))).exclude(action__in=_QUIET).order_by("id")[:MOST]


def _of(keys: Iterable[str]) -> Q:
    """Rows about records whose ids are given by the key of their loop."""
    return reduce(or_, (Q(among("object_id", key, CharField()), object_type=key) for key in keys))


def _files(ctx: Context) -> QuerySet[Attachment]:
    rows = Attachment.objects.unscoped("the records themselves were read as the person sees them")
    found: QuerySet[Attachment] = rows.filter(_of((*STORY, Incoming.loop.key)), world=ctx.world)
    return found


def _brought(ctx: Context) -> QuerySet[Any]:
    rows = Incoming.objects.visible_to(ctx).filter(among("incident_id", "incidents", UUIDField()))
    found: QuerySet[Any] = rows.order_by().values_list("pk", flat=True)
    return found


def _starts(_ctx: Context) -> QuerySet[Any]:
    """When the moments at which limits began were written down."""
    rows = AuditEntry.objects.filter(among("object_id", "ids", CharField()), action="command.report_clock.open")
    return rows.values_list("object_id", "at")


def _ids(names: Records) -> dict[str, list[str]]:
    return {key: list(names.get(key, {})) for key in (*STORY, *NOTED)}


def _around(
    ctx: Context, incident: Incident, known: set[tuple[str, str]]
) -> tuple[list[AuditEntry], dict[str, dict[str, Any]]]:
    """Who knew what, and when: warnings, signals, proposals and responses that covered the place while it lasted; in its street
    the calls answered, the tasks, the shelters and the people moved. With them the records they are about, by loop key and id."""
    until = incident.closed_at or ctx.now()
    started = incident.occurred_at or incident.received_at
    above = [incident.scope[: i + 1] for i, c in enumerate(incident.scope) if c == "/"]
    county = next((path for path in above if len(path.rstrip("/").rsplit("/", 1)[-1]) == COUNTY_DIGITS), above[0])
    street = next((path for path in above if len(path) > len(county)), incident.scope)
    covering = Q(object_type__in=COVERING, scope__in=above) & (
        Q(object_type__startswith="warning.", at_world__gte=started - WARNED) | Q(at_world__gte=started - PRELUDE)
    )
    steps = [f"{key}.{step}" for key, names in ON_THE_SPOT.items() for step in names]
    near = Q(object_type__in=NEARBY, scope__startswith=county) | Q(action__in=steps, scope__startswith=street)
    entries = Q(action__in=[a for a, may in ENTRIES.items() if ctx.may(may, incident.scope)])
    near |= entries & (Q(scope__in=above) | Q(scope__startswith=street))
    around = AuditEntry.objects.filter(
        covering | (near & Q(at_world__gte=started - PRELUDE)), world_id=incident.world_id, at_world__lte=until
    ).exclude(action__endswith=".late").order_by("id")[:MOST_AROUND]  # fmt: skip
    rows = [r for r in around if (r.object_type, r.object_id) not in known]
    records: dict[str, dict[str, Any]] = {}
    for key in {r.object_type for r in rows if r.object_type in AROUND}:
        wanted = {r.object_id for r in rows if r.object_type == key}
        visible = model_of(key).objects.visible_to(ctx).filter(pk__in=wanted)
        records[key] = {str(record.pk): record for record in visible.with_relations()}
    return [r for r in rows if r.action in ENTRIES or r.object_id in records.get(r.object_type, {})], records


def _clocks_started(ctx: Context, groups: list[list[ReportClock]]) -> list[TimelineItem]:
    """One moment for all clocks of a stage that started together."""
    ids = [str(rows[0].pk) for rows in groups]
    written = dict(ask(ctx, _starts, ids=ids))
    items = []
    for rows in groups:
        first = rows[0]
        to = "；".join(f"{c.recipient_name}（{c.form_name}）" for c in rows[:8])
        text = _("%(stage)s时限开始计时：%(to)s") % {"stage": str(dict(_stages())[first.stage]), "to": to}
        items.append(TimelineItem(
            first.opened_at, written.get(str(first.pk), first.opened_at), text, _("平台"), "clock", "command.report_clock.open",
            ReportClock.loop.key, str(first.pk),
        ))  # fmt: skip
    return items


def _stages() -> list[tuple[str, Any]]:
    from anlan.command.models.report import STAGES

    return STAGES


def _entry_text(entry: AuditEntry) -> str:
    data = entry.data
    if entry.action == "messaging.round.started":
        return _("发起叫应：%(why)s，%(n)s 处") % {"why": data.get("why") or "", "n": data.get("calls") or 0}
    moved = _("登记转移 %(n)s 人：%(from)s") % {"n": data.get("people"), "from": data.get("from") or ""}
    return f"{moved} → {data['to']}" if data.get("to") else moved


@cache
def _evidence_words(
    _language: str | None,
) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], dict[str, str]]]:
    """What each loop's evidence is called, and its choices: what was chosen is told by its label, never by its code."""
    labels = {key: {e.name: str(e.label) for s in loop.steps for e in s.evidence} for key, loop in loops().items()}
    chosen = {
        (key, e.name): {str(value): str(label) for value, label in e.choices}
        for key, loop in loops().items()
        for s in loop.steps
        for e in s.evidence
        if e.choices
    }
    return labels, chosen


class _Words:
    """Sentences for entries, with what they are about looked up once."""

    def __init__(
        self, ctx: Context, incident: Incident, names: dict[str, dict[str, Any]], around: dict[str, dict[str, Any]]
    ) -> None:
        self.incident, self.names, self.around = incident, names, around
        self.followups = {str(f.pk): f for f in ask(ctx, _of_incident(Followup), incident=incident.pk)}
        # Photos stay with the report that brought them; the story shows them where it was registered or joined.
        incidents = [one.pk for one in names[Incident.loop.key].values()]
        # As a list: beside other pairs a subquery would keep the database from its index.
        brought = [str(pk) for pk in ask(ctx, _brought, incidents=incidents)]
        self.files = {str(a.pk): a for a in ask(ctx, _files, **_ids(names), **{Incoming.loop.key: brought})}
        self.labels, self.chosen = _evidence_words(get_language())

    def starts(self) -> list[list[ReportClock]]:
        groups: dict[tuple[Any, str], list[ReportClock]] = defaultdict(list)
        for clock in self.names[ReportClock.loop.key].values():
            groups[clock.opened_at, clock.stage].append(clock)
        return list(groups.values())

    def item(self, entry: AuditEntry) -> TimelineItem:
        record = self.names.get(entry.object_type, {}).get(entry.object_id)
        who = (
            _("平台")
            if entry.actor.startswith("system:")
            else "，".join(p for p in (entry.actor_name, entry.post) if p)
        )
        kind = entry.object_type.rsplit(".", 1)[-1] if record is not None else "around"
        return TimelineItem(
            at=entry.at_world, recorded_at=entry.at, text=self._text(entry, record)[:900], who=who,
            kind="clock" if kind == "report_clock" else kind, action=entry.action, object_type=entry.object_type, object_id=entry.object_id,
            major=entry.action in _MAJOR, simulated=entry.simulated, url=self._url(entry, record), attachments=self._files(entry),
        )  # fmt: skip

    def _url(self, entry: AuditEntry, record: Any) -> str:
        if isinstance(record, Incident):
            return "" if record.pk == self.incident.pk else record.get_absolute_url()
        return record.get_absolute_url() if isinstance(record, _LINKED) else ""

    def _files(self, entry: AuditEntry) -> list[dict[str, Any]]:
        ids = list(entry.data.get("photos") or [])
        if came := entry.data.get("incoming"):
            ids += [pk for pk, a in self.files.items() if a.object_id == came]
        if entry.action == "command.report.sign":
            ids += [pk for pk, a in self.files.items() if a.object_id == entry.object_id and "paper" in a.labels]
        photo = (entry.data.get("evidence") or {}).get("photo")
        ids += photo if isinstance(photo, list) else []
        return shown_attachments([self.files[i] for i in ids if i in self.files])

    def _text(self, entry: AuditEntry, record: Any) -> str:
        if isinstance(record, Noted):
            return words_of(entry)
        data, action = entry.data, entry.action.rsplit(".", 1)[-1]
        if entry.object_type == Incident.loop.key:
            own = getattr(self, f"_incident_{action}", None)
            if own is not None:
                return str(own(data))
            if action == "late":
                states = {one.name: str(one.label) for one in self.incident.loop.states}
                state = states.get(str(data.get("state")), "")
                return _("事件在“%(state)s”环节%(what)s") % {"state": state, "what": read(entry.label)}
        title = "" if record is None or isinstance(record, Incident) else f"“{record}”"
        if record is None:
            about = self.around.get(entry.object_type, {}).get(entry.object_id)
            loop = str(loops()[entry.object_type].title) if entry.object_type in loops() else ""
            title = _("%(loop)s“%(about)s”") % {"loop": loop, "about": about.headline} if about is not None else loop
            if entry.action in ENTRIES:
                return _entry_text(entry)
        if action == "open" and isinstance(record, CooperationRequest):
            return _("请求协同：%(what)s，到%(place)s（%(authority)s）") % {
                "what": " ".join((str(record), record.amount)).strip(), "place": record.place, "authority": record.authority,
            }  # fmt: skip
        if action == "open" and isinstance(record, Consultation):
            return _("提出会商%(title)s") % {"title": title}
        if action == "open" and isinstance(record, SitePost):
            return _("成立现场指挥部，设在%(place)s") % {"place": record.place or _("事发地")}
        if entry.object_type == SitePost.loop.key and "who" in data:
            return _("%(what)s：%(who)s，%(n)s 人") % {
                "what": read(entry.label),
                "who": data["who"],
                "n": data.get("heads") or 1,
            }
        if action == "open" and isinstance(record, Whistle | WhistleCall | Appeal):
            return _("%(what)s：%(title)s") % {"what": read(entry.label), "title": title}
        if action == "open" and record is not None and not isinstance(record, Incident):
            return _("下达%(what)s：%(title)s") % {"what": read(entry.label), "title": title}
        proof = "；".join(
            f"{self.labels.get(entry.object_type, {}).get(k, k)}：{self._value(entry.object_type, k, v)}"
            for k, v in (data.get("evidence") or {}).items()
            if v not in (None, "", []) and k not in ("report", "photo")
        )
        label = read(entry.label)
        head = f"{title}{label}" if title != label else label
        return f"{head}。{proof}" if proof else head

    def _value(self, object_type: str, name: str, value: Any) -> str:
        labels = self.chosen.get((object_type, name), {})
        return labels.get(str(value), "") or said(value)

    def _incident_open(self, data: dict[str, Any]) -> str:
        return _("接报：%(text)s") % {"text": data.get("text") or self.incident.text}

    def _incident_followup(self, data: dict[str, Any]) -> str:
        source = _("（%(source)s）") % {"source": data["source"]} if data.get("source") else ""
        figures = said_figures(data.get("facts") or {})
        return "。".join(
            p
            for p in (
                _("补充情况%(source)s：%(text)s") % {"source": source, "text": (data.get("text") or "").rstrip("。")},
                figures,
            )
            if p
        )

    def _incident_facts(self, data: dict[str, Any]) -> str:
        before, parts = data.get("before") or {}, []
        for name, value in (data.get("after") or {}).items():
            label, now = said_fact(name, value)
            was = said_fact(name, before.get(name))[1]
            parts.append(f"{label}{now}（{_('原')}{was}）")
        tail = _("，有减少，已提示核对") if data.get("fewer") else ""
        return _("更新数字：%(figures)s%(tail)s") % {"figures": "、".join(parts), "tail": tail}

    def _incident_fewer(self, data: dict[str, Any]) -> str:
        known = data.get("known") or {}
        parts = []
        for name, value in (data.get("fewer") or {}).items():
            label, told = said_fact(name, value)
            parts.append(f"{label}{told}（{_('已知')}{said_fact(name, known.get(name))[1]}）")
        return _("所报数字比已知的少，未采用，请核实：%(figures)s") % {"figures": "、".join(parts)}

    def _incident_position(self, data: dict[str, Any]) -> str:
        lon, lat = data["after"]
        said = _("%(lon)s，%(lat)s（误差约 %(m)s 米）") if data.get("accuracy_m") else _("%(lon)s，%(lat)s")
        where = said % {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}", "m": data.get("accuracy_m")}
        source = _("（%(source)s）") % {"source": data["source"]} if data.get("source") else ""
        away = _("，距原位置 %(m)s 米") % {"m": data["away_m"]} if data.get("away_m") is not None else ""
        if data.get("taken"):
            return _("位置更新%(source)s：%(where)s%(away)s") % {"source": source, "where": where, "away": away}
        return _("收到另一位置%(source)s：%(where)s%(away)s，未采用，请核对") % {
            "source": source, "where": where, "away": away,
        }  # fmt: skip

    def _incident_place(self, data: dict[str, Any]) -> str:
        before, after = data.get("before") or {}, data.get("after") or {}
        parts = []
        if before.get("place") != after.get("place"):
            was = before.get("place") or _("不详")
            parts.append(_("地点“%(now)s”（原“%(was)s”）") % {"now": after.get("place"), "was": was})
        if before.get("at") != after.get("at") and after.get("at"):
            lon, lat = after["at"]
            away = _("，距原位置 %(m)s 米") % {"m": data["away_m"]} if data.get("away_m") is not None else ""
            where = _("%(lon)s，%(lat)s（误差约 %(m)s 米）") % {
                "lon": f"{lon:.5f}",
                "lat": f"{lat:.5f}",
                "m": after.get("accuracy_m"),
            }
            parts.append(where + away)
        return _("更正位置（%(source)s）：%(what)s") % {"source": data.get("source"), "what": "；".join(parts)}

    def _incident_split(self, data: dict[str, Any]) -> str:
        return _("%(n)s 条情况拆分为独立事件 %(number)s：%(reason)s") % {
            "n": data.get("count"), "number": data.get("number"), "reason": data.get("reason"),
        }  # fmt: skip

    def _incident_split_from(self, data: dict[str, Any]) -> str:
        return _("由 %(number)s 的 %(n)s 条情况拆分而立：%(reason)s") % {
            "n": data.get("count"), "number": data.get("number"), "reason": data.get("reason"),
        }  # fmt: skip

    def _incident_commander(self, data: dict[str, Any]) -> str:
        after, was = data.get("after") or {}, (data.get("before") or {}).get("commander")
        at = parse_datetime(str(after.get("since") or ""))
        since = _("，自 %(at)s") % {"at": f"{localtime(at):%m-%d %H:%M}"} if at else ""
        why = _("。原因：%(why)s") % {"why": data["reason"]} if data.get("reason") else ""
        if was:
            return _("现场指挥由%(was)s改为%(name)s%(since)s%(why)s") % {
                "was": was, "name": after.get("commander"), "since": since, "why": why,
            }  # fmt: skip
        return _("现场指挥：%(name)s%(since)s%(why)s") % {"name": after.get("commander"), "since": since, "why": why}

    def _incident_grade(self, data: dict[str, Any]) -> str:
        if not data.get("grade"):
            return _("级别待定：关键数字不详")
        mark = _("（暂定）") if data.get("provisional") else ""
        was = _("，原为%(was)s") % {"was": data["was"]} if data.get("was") else ""
        return _("拟定为%(grade)s%(mark)s%(was)s。依据：%(clause)s") % {**data, "mark": mark, "was": was}
