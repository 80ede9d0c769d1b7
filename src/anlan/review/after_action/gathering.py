"""What the records say about one response or one incident: plain data, from which the paper is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from anlan.action.models import HeadCount, Relocation, ShelterUse
from anlan.analysis.models import Signal
from anlan.command.models import Followup, Incident, Order, Report, ReportClock, Response, Task
from anlan.decision.models import Proposal
from anlan.kernel.context import Context
from anlan.kernel.loops import loops
from anlan.kernel.models import AuditEntry, World
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Call, CallRound
from anlan.places.models import Region
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing
from anlan.warning.models import Notice

from ..models import Replay

#: Hours of rain before the response that belong to its story, and after its end.
BEFORE, AFTER = timedelta(hours=18), timedelta(hours=1)
#: Log entries that only the machine needs.
_NOISE = (
    "kernel.attachment",
    "kernel.world",
    "messaging.call.",
    "sensing.",
    "command.report.refresh",
    "review.",
    "places.",
)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Rain at a station over the time of the report, mm; None where nothing was measured."""

    name: str
    hours: dict[datetime, float | None]
    total: float
    missing: int
    maxima: dict[int, tuple[float, datetime] | None]


@dataclass(frozen=True, slots=True)
class Round:
    """A round of calls and how it was answered."""

    round: CallRound
    total: int
    answered: int
    within_10: int
    median_min: float | None
    unanswered: list[str]
    by_hand: int


@dataclass
class Story:
    """Everything that the report needs. Times are those of the world."""

    subject: Response | Incident
    region: Region
    since: datetime
    until: datetime
    now: datetime
    exercise: bool
    scenario: str = ""
    gauges: list[Gauge] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    followups: dict[Any, list[Followup]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    clocks: list[ReportClock] = field(default_factory=list)
    shelters: list[tuple[ShelterUse, list[HeadCount]]] = field(default_factory=list)
    relocations: list[Relocation] = field(default_factory=list)
    log: list[AuditEntry] = field(default_factory=list)
    late: Counter[str] = field(default_factory=Counter)


def gather(ctx: Context, record: Any) -> Story:
    """Collect what `ctx` may see of the record's time and place."""
    is_response = isinstance(record, Response)
    start = record.started_at if is_response else record.received_at
    end = record.closed_at or ctx.now()
    before = BEFORE if is_response else timedelta(hours=3)
    story = Story(
        subject=record, region=record.region, since=start, until=end, now=ctx.now(), exercise=ctx.world != REAL,
        scenario=_scenario(ctx),
    )  # fmt: skip
    path = _county(record.scope)
    rain_from = start - before
    story.gauges = _gauges(ctx, rain_from, end)
    story.warnings = list(
        Notice.objects.visible_to(ctx).filter(sent_at__gte=rain_from, sent_at__lte=end).order_by("sent_at")
    )
    story.rounds = _rounds(ctx, rain_from, end)
    story.signals = list(
        Signal.objects.visible_to(ctx).filter(opened_at__gte=rain_from, opened_at__lte=end, scope__startswith=path)
        .filter(station__isnull=False).exclude(scheme="device").select_related("station").order_by("opened_at")
    )  # fmt: skip
    story.responses = [record] if is_response else list(
        Response.objects.visible_to(ctx).filter(region__path=path, started_at__lte=end).exclude(closed_at__lt=start)
        .order_by("started_at", "pk")
    )  # fmt: skip
    story.orders = list(Order.objects.visible_to(ctx).filter(response__in=story.responses).order_by("signed_at"))
    hazards = {r.hazard for r in story.responses}
    story.proposals = list(
        Proposal.objects.visible_to(ctx).filter(hazard__in=hazards, scope__startswith=path, opened_at__lte=end)
        .filter(opened_at__gte=rain_from).select_related("plan").order_by("opened_at")
    )  # fmt: skip
    tasks = (
        Task.objects.visible_to(ctx)
        .select_related("organisation", "organisation__region")
        .order_by("opened_at", "organisation_id")
    )
    story.tasks = list(tasks.filter(response=record) if is_response else tasks.filter(incident=record))
    story.incidents = [record] if not is_response else list(
        Incident.objects.visible_to(ctx).filter(scope__startswith=path, received_at__gte=rain_from, received_at__lte=end)
        .exclude(state__in=("merged", "false")).order_by("received_at")
    )  # fmt: skip
    for row in Followup.objects.visible_to(ctx).filter(incident__in=story.incidents).order_by("at"):
        story.followups.setdefault(row.incident_id, []).append(row)
    story.reports = list(Report.objects.visible_to(ctx).filter(incident__in=story.incidents).order_by("opened_at"))
    story.clocks = list(
        ReportClock.objects.visible_to(ctx).filter(incident__in=story.incidents).exclude(state__in=("dropped", "superseded"))
        .order_by("opened_at", "legal_at")
    )  # fmt: skip
    story.shelters = _shelters(ctx, rain_from, end, path)
    story.relocations = list(
        Relocation.objects.visible_to(ctx).filter(at__gte=rain_from, at__lte=end, scope__startswith=path)
        .select_related("region", "to_shelter").order_by("at")
    )  # fmt: skip
    story.log = _log(ctx, story, path)
    story.late = _lapses(ctx, story, path)
    return story


def _county(scope: str) -> str:
    parts = [p for p in scope.split("/") if p]
    cut = next((i for i, p in enumerate(parts) if len(p) == 6), len(parts) - 1)
    return "/".join(parts[: cut + 1]) + "/"


def _scenario(ctx: Context) -> str:
    rows = Replay.objects.unscoped("the report belongs to the very world of the replay")
    replay = rows.filter(world_id=ctx.world).first()
    if replay is not None:
        return replay.title
    world = World.objects.filter(pk=ctx.world).first()
    return world.title if world and ctx.world != REAL else ""


def _gauges(ctx: Context, since: datetime, until: datetime) -> list[Gauge]:
    """The one with the most rain first."""
    things = {t.pk: t for t in Thing.objects.visible_to(ctx).filter(kind="rain")}
    streams = {s.pk: s for s in Datastream.objects.filter(thing__in=things, property="rain_mm")}
    rows = sensing.series(ctx, list(streams.values()), since=since, until=until)
    series = {streams[pk].thing_id: dict(own) for pk, own in rows.items()}
    found = [_gauge(things[code].name, hours) for code, hours in series.items()]
    return sorted(found, key=lambda g: -g.total)


def _gauge(name: str, hours: dict[datetime, float | None]) -> Gauge:
    maxima = {w: _largest(hours, w) for w in (1, 3, 6, 12, 24)}
    known = [v for v in hours.values() if v is not None]
    return Gauge(name, hours, round(sum(known), 1), len(hours) - len(known), maxima)


def _largest(hours: dict[datetime, float | None], window: int) -> tuple[float, datetime] | None:
    """The largest sum over `window` whole hours and when it was reached; a missing hour makes the sum a lower bound."""
    times = sorted(hours)
    best: tuple[float, datetime] | None = None
    for at in times:
        inside = [hours[t] for t in times if at - timedelta(hours=window) < t <= at]
        known = [v for v in inside if v is not None]
        if known and (best is None or sum(known) > best[0]):
            best = (round(sum(known), 1), at)
    return best


def _rounds(ctx: Context, since: datetime, until: datetime) -> list[Round]:
    found = []
    calls = Call.objects.visible_to(ctx).select_related("region")
    rounds = (
        CallRound.objects.visible_to(ctx).filter(started_at__gte=since, started_at__lte=until).order_by("started_at")
    )
    for round_ in rounds:
        own = list(calls.filter(round=round_))
        done = [c for c in own if c.state in ("answered", "answered_late", "reached") and c.closed_at]
        waits = sorted((c.closed_at - c.opened_at).total_seconds() / 60 for c in done if c.closed_at)
        found.append(Round(
            round=round_, total=len(own), answered=len(done), within_10=sum(w <= 10 for w in waits),
            median_min=waits[len(waits) // 2] if waits else None,
            unanswered=[c.region.name for c in own if c.state in ("calling", "exhausted", "visiting")],
            by_hand=sum(c.answered_means in ("by_hand", "in_person") for c in done),
        ))  # fmt: skip
    return found


def _shelters(ctx: Context, since: datetime, until: datetime, path: str) -> list[tuple[ShelterUse, list[HeadCount]]]:
    uses = ShelterUse.objects.visible_to(ctx).filter(opened_at__gte=since, opened_at__lte=until, scope__startswith=path)
    counts: dict[Any, list[HeadCount]] = defaultdict(list)
    for row in HeadCount.objects.visible_to(ctx).filter(use__in=uses).order_by("at"):
        counts[row.use_id].append(row)
    return [(u, counts[u.pk]) for u in uses.select_related("region").order_by("opened_at")]


def _objects(story: Story) -> set[str]:
    """Ids of the things that the story is about: their log is its timeline."""
    groups: list[Any] = [
        story.warnings, story.proposals, story.responses, story.incidents, story.reports, story.clocks, story.signals,
        [u for u, _counts in story.shelters], [r.round for r in story.rounds],
    ]  # fmt: skip
    return {str(row.pk) for group in groups for row in group}


def _log(ctx: Context, story: Story, path: str) -> list[AuditEntry]:
    """Every step of the story in order. Calls and tasks, which come by the hundred, are counted elsewhere; their lapses stay."""
    rows = AuditEntry.objects.filter(world_id=ctx.world, object_id__in=_objects(story)).order_by("at_world", "id")
    return [e for e in rows if not e.action.startswith(_NOISE)]


def _lapses(ctx: Context, story: Story, path: str) -> Counter[str]:
    """How often a deadline was passed, by kind of work. Reminders ahead of a deadline do not count."""
    known = loops()
    entries = AuditEntry.objects.filter(
        world_id=ctx.world, action__endswith=".late", at_world__lte=story.until + AFTER, scope__startswith=path
    ).values_list("object_type", "object_id", "label")
    late = {(kind, pk) for kind, pk, label in entries if "临近" not in label}
    return Counter(str(known[kind].title) for kind, _pk in late if kind in known)
