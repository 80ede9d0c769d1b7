"""The records about one event put together for each unit that owed a report on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from anlan.command.intake.report import parse_report
from anlan.command.models import Followup, Incident, Incoming, Report, ReportClock, Task
from anlan.command.models.report_clock import DESK
from anlan.command.services import papers
from anlan.kernel.context import Context
from anlan.kernel.models import AuditEntry
from anlan.places.models import Organisation, Person
from anlan.places.queries import people_behind, region_at

from .recognising import PEOPLE, Dossier, Fact, OwedReport, SentReport

#: How the words of a report name what an incident calls otherwise.
_RECOGNISED = {
    "deaths": "dead",
    "missing": "missing",
    "serious_injuries": "seriously_injured",
    "injured": "injured",
    "trapped": "trapped",
}
#: The paragraph that states people; others may quote figures of the past.
STATES_PEOPLE = "人员伤亡和损失情况"
#: What somebody does that shows that he knew: a message put aside, a signal seen, acknowledged or verified.
KNOWING = ("command.incoming.note", "analysis.signal.acknowledge", "analysis.signal.verify", "analysis.signal.confirm")
#: So long before the incident was received an act in its street shows that it was known (process.dedupe of the rules).
BEFORE = timedelta(minutes=120)


def dossiers(ctx: Context, incident: Incident) -> dict[tuple[str, str, str], Dossier]:
    """By (key of the unit, its name, its level). `ctx` is the platform in the world of the incident."""
    clocks = list(
        ReportClock.objects.in_world(ctx)
        .filter(incident=incident)
        .exclude(state__in=("superseded", "dropped"))
        .order_by("legal_at", "pk")
    )
    evidence = _evidence(ctx, incident)
    desk = _desk(incident)
    by_unit: dict[tuple[str, str, str], list[ReportClock]] = {}
    for clock, unit in zip(clocks, _units_of(clocks, desk), strict=True):
        by_unit.setdefault(unit, []).append(clock)
    by_unit.setdefault(desk, [])
    street = _street(incident)
    if street is not None:
        by_unit.setdefault((street.key, street.name, "town"), [])
    return {unit: _dossier(ctx, incident, unit, mine, evidence) for unit, mine in by_unit.items()}


def _desk(incident: Incident) -> tuple[str, str, str]:
    return DESK, papers.unit_of(incident), "county"


def _units_of(clocks: list[ReportClock], desk: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    """The unit that owes each; their names in one question."""
    keys = {c.pk: c.owner_keys[0] if c.owner_keys else c.office for c in clocks}
    codes = {key.removeprefix("org:") for key in keys.values()}
    names = dict(Organisation.objects.filter(code__in=codes).values_list("code", "name"))
    found = []
    for clock in clocks:
        key = keys[clock.pk]
        level = clock.office if clock.office in ("village", "town") else "department"
        name = names.get(key.removeprefix("org:"), clock.sender_name)
        found.append(desk if clock.office == DESK else (key, name, level))
    return found


def _street(incident: Incident) -> Organisation | None:
    """The street in which it happened."""
    path = papers.district_path(incident.scope)
    below = incident.scope.removeprefix(path).split("/")[0]
    if not below:
        return None
    return Organisation.objects.filter(actor="town", region__path=f"{path}{below}/", retired_at__isnull=True).first()


def _dossier(
    ctx: Context, incident: Incident, unit: tuple[str, str, str], mine: list[ReportClock], evidence: list[Fact]
) -> Dossier:
    key, name, level = unit
    owed = [
        OwedReport(
            c.stage,
            c.form_name,
            c.recipient_name,
            c.rule_name,
            c.clause,
            c.started_at or incident.received_at,
            c.legal_at,
            c.met_at,
        )
        for c in mine
        if c.legal_at is not None and c.certain
    ]
    office = DESK if key == DESK else (mine[0].office if mine else level)
    sent = _sent(ctx, incident, office)
    people = {p.key for p in people_behind([key])} if key != DESK else _desk_people(incident)
    brought = _brought(incident, people) if key != DESK else None
    times = [c.met_at for c in mine if c.met_at] + [s.at for s in sent] + ([brought] if brought else [])
    limits = [o.legal_at - o.started_at for o in owed if o.stage == "first"]
    return Dossier(
        event=f"incident:{incident.pk}:{key}", unit_name=name, now=ctx.now(), owed=tuple(owed), sent=tuple(sent),
        evidence=tuple(evidence), aware=tuple(_aware(ctx, incident, people)), outside=tuple(f for f in evidence if f.who not in (name,)),
        told_at=min(times, default=None), limit=min(limits, default=timedelta(minutes=30)),
    )  # fmt: skip


def _desk_people(incident: Incident) -> set[str]:
    path = papers.district_path(incident.scope)
    roles = ["duty_officer", "duty_chief", "duty_leader"]
    rows = Person.objects.filter(holdings__post__roles__overlap=roles, holdings__post__region__path=path).distinct()
    return {p.key for p in rows}


def _brought(incident: Incident, people: set[str]) -> datetime | None:
    """When people of a unit themselves told of the event: they registered it, or one of the messages joined to it is theirs."""
    objects = [
        str(incident.pk),
        *(str(pk) for pk in Incoming.everything.filter(incident=incident).values_list("pk", flat=True)),
    ]
    rows = AuditEntry.objects.filter(
        object_id__in=objects, action__in=("command.incident.open", "command.incoming.open"), actor__in=people
    )
    first = rows.order_by("at_world").first()
    return first.at_world if first else None


def _aware(ctx: Context, incident: Incident, people: set[str]) -> list[Fact]:
    """Acts of the unit's own people, in that street and shortly before it was received from others, that show that they knew."""
    path = papers.district_path(incident.scope)
    below = incident.scope.removeprefix(path).split("/")[0]
    where = f"{path}{below}/" if below else path
    rows = AuditEntry.objects.filter(
        Q(scope__startswith=where) | Q(scope=path), world_id=ctx.world, action__in=KNOWING, actor__in=people,
        at_world__gte=incident.received_at - BEFORE, at_world__lt=incident.received_at,
    ).order_by("at_world")[:20]  # fmt: skip
    found = []
    for row in rows:
        about = _about(ctx, incident, row)
        if about:
            found.append(Fact(row.at_world, f"{about}，已办理“{row.label}”", row.actor_name))
    return found


def _about(ctx: Context, incident: Incident, row: AuditEntry) -> str:
    """What the act was about, when it was about this event: a message of the same kind or the same spot, a signal in the street."""
    if row.object_type != Incoming.loop.key:
        return "监测研判信号"
    said = Incoming.objects.in_world(ctx).filter(pk=row.object_id).first()
    if said is None:
        return ""
    near = bool(said.position and incident.position and said.position.distance(incident.position) < 0.01)
    kind = (incident.kind_name or "").split("/")[0]
    same = near or (bool(kind) and kind in said.text) or (bool(incident.place) and incident.place in said.text)
    return f"来报“{said.text[:40]}”" if same else ""


def _evidence(ctx: Context, incident: Incident) -> list[Fact]:
    """Everything that somebody told about the event, with its source and its figures, in the order of time."""
    url = incident.get_absolute_url()
    said_first = stated_in(incident.text, incident.received_at)
    facts = [Fact(incident.received_at, f"接报：{incident.text[:80]}", incident.source, url, said_first)]
    for said in Incoming.objects.in_world(ctx).filter(incident=incident).order_by("opened_at", "pk"):
        facts.append(
            Fact(
                said.opened_at,
                f"来报：{said.text[:80]}",
                said.source,
                url,
                _told(said.text, said.facts, said.opened_at),
            )
        )
    for later in Followup.objects.in_world(ctx).filter(incident=incident).order_by("at", "pk"):
        facts.append(
            Fact(
                later.at,
                f"补记：{later.text[:80]}",
                later.source or later.by_name,
                url,
                _told(later.text, later.facts, later.at),
            )
        )
    tasks = {str(t.pk): t for t in Task.objects.in_world(ctx).filter(incident=incident).select_related("organisation")}
    reported = AuditEntry.objects.filter(
        object_type=Task.loop.key, object_id__in=list(tasks), action=f"{Task.loop.key}.report"
    )
    for row in reported.order_by("id"):
        task = tasks[row.object_id]
        given = row.data.get("evidence") or {}
        figures = _told(str(given.get("text") or ""), given, row.at_world)
        facts.append(
            Fact(row.at_world, f"任务反馈：{task.text[:60]}", str(task.organisation), task.get_absolute_url(), figures)
        )
    return sorted(facts, key=lambda f: f.at)


def _told(text: str, facts: Any, at: datetime) -> dict[str, int]:
    """The people of which a message tells: as its fields have them, else as its words say."""
    return {**stated_in(text, at), **_people(facts)}


def stated_in(text: str, at: datetime) -> dict[str, int]:
    """People by name that a text states; what it does not state is not there."""
    fields = parse_report(text[:4000], at).fields
    found = {name: _whole(fields[recognised].value) for name, recognised in _RECOGNISED.items()}
    return {name: value for name, value in found.items() if value is not None}


def _people(facts: Any) -> dict[str, int]:
    given = {n: facts.get(n) for n in PEOPLE} if isinstance(facts, dict) else {}
    return {n: int(str(v)) for n, v in given.items() if not isinstance(v, bool) and str(v).isdecimal()}


def _sent(ctx: Context, incident: Incident, office: str) -> list[SentReport]:
    rows = Report.objects.in_world(ctx).filter(incident=incident, office=office, state="sent").order_by("sent_at")
    return [
        SentReport(
            id=str(r.pk), at=r.sent_at, serial=r.serial, figures=stated_people(r.body, r.sent_at),
            missing=tuple(m.get("key", "") for m in r.body.get("missing", [])), url=r.get_absolute_url(),
        )
        for r in rows
        if r.sent_at is not None
    ]  # fmt: skip


def stated_people(body: dict[str, Any], at: datetime) -> dict[str, int | None]:
    """The people that a report's own words state, by the names of an incident's figures; None where they say that it is not known.

    Recognised from what was signed, not from what the platform knew: a person may have written otherwise.
    """
    parts = body.get("paragraphs", [])
    about = [p["text"] for p in parts if p.get("heading") == STATES_PEOPLE] or [p["text"] for p in parts]
    known = stated_in("".join(about), at)
    return {name: known.get(name) for name in _RECOGNISED}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def put_aside(ctx: Context, since: datetime) -> list[tuple[Incoming, str]]:
    """Messages that speak of people in danger and became no incident: only noted, or waiting for longer than a first report may take."""
    rows = Incoming.objects.in_world(ctx).filter(opened_at__gte=since, incident__isnull=True)
    late = ctx.now() - timedelta(minutes=30)
    found = []
    for said in rows.filter(Q(state="noted") | Q(state="waiting", opened_at__lte=late)).order_by("opened_at")[:500]:
        if any(_told(said.text, said.facts, said.opened_at).values()):
            found.append((said, "只作了记录" if said.state == "noted" else "超过30分钟没有处理"))
    return found


def as_fact(said: Incoming) -> Fact:
    return Fact(
        said.opened_at, f"来报：{said.text[:120]}", said.source, "/desk/", _told(said.text, said.facts, said.opened_at)
    )


def district_of(scope: str) -> str:
    found = region_at(papers.district_path(scope))
    return f"{found.name if found else ''}总值班室"
