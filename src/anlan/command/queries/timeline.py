"""The story of an incident: everything said, sent, done and measured, in one line of time. Review builds its report on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache, reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Q, QuerySet, UUIDField, Value
from django.utils.translation import gettext as _

from anlan.command.models import (
    Appeal,
    Consultation,
    CooperationRequest,
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
from anlan.kernel.loops import model_of
from anlan.kernel.models import Attachment, AuditEntry

from .noted import NOTED, QUIET, noted, parts, told_together
from .story_words import ENTRIES, Records, StoryWords, TimelineItem

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
#: Bookkeeping of the machine that tells a reader nothing.
_QUIET = frozenset({
    "command.report.refresh", "command.report_clock.open", "command.report_clock.move_deadline", "command.report.open",
    "kernel.attachment.attach", "command.report_clock.supersede", *QUIET,
})  # fmt: skip


#: The loops whose records make an incident's own story.
STORY = tuple(m.loop.key for m in (Incident, *_OWN))
_INCIDENT = Open("incident", UUIDField())


def timeline(ctx: Context, incident: Incident, records: Records | None = None) -> list[TimelineItem]:
    """The story of an incident that the caller may see, oldest first; other records only as far as `ctx` sees them.
    `records`: those of `records_of`, when the caller has read them already."""
    names = records_of(ctx, incident) if records is None else records
    entries = ask(ctx, _told, **_ids(names))
    more, around = _around(ctx, incident, {(t, i) for t, ids in names.items() for i in ids})
    entries += more
    words = StoryWords(incident, names, around, _attached(ctx, names))
    items = _said_once([words.item(e) for e in _without_repeats(entries, names)])
    opened = _clocks_started(ctx, _starting_together(names))
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


def _attached(ctx: Context, names: Records) -> dict[str, Attachment]:
    """Files by id. Photos stay with the report that brought them; the story shows them where it was registered or joined."""
    incidents = [one.pk for one in names[Incident.loop.key].values()]
    # As a list: beside other pairs a subquery would keep the database from its index.
    brought = [str(pk) for pk in ask(ctx, _brought, incidents=incidents)]
    return {str(a.pk): a for a in ask(ctx, _files, **_ids(names), **{Incoming.loop.key: brought})}


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


def _starting_together(names: Records) -> list[list[ReportClock]]:
    groups: dict[tuple[Any, str], list[ReportClock]] = defaultdict(list)
    for clock in names[ReportClock.loop.key].values():
        groups[clock.opened_at, clock.stage].append(clock)
    return list(groups.values())


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
