"""The API of incidents and official reports. Steps (verify, sign, send …) are taken at the loops' own addresses."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime

from anlan.kernel.context import Context

from . import services
from .models import Incident, Report, ReportClock
from .queries import incidents as queries
from .queries import intake as intake_queries
from .queries.timeline import timeline

router = Router()


class IncidentOut(Schema):
    """Figures: null is unknown. `grade` is empty while nothing is proven."""

    id: UUID
    number: str
    title: str
    kind: str
    kind_name: str
    region: str
    place: str
    lon: float | None
    lat: float | None
    accuracy_m: int | None
    occurred_at: datetime | None
    received_at: datetime
    source: str
    facts: dict[str, bool | int | float | None]
    grade: str
    grading: dict[str, Any]
    commander: str
    commander_since: datetime | None
    state: str
    due_at: datetime | None
    closed_at: datetime | None
    url: str


class IncidentListOut(Schema):
    items: list[IncidentOut]
    before: str


class IncidentIn(Schema):
    """`corrections`: texts by field (time, place, kind, dead, missing, trapped, injured …); an empty text is unknown."""

    text: str
    corrections: dict[str, str] = {}


class CommanderIn(Schema):
    """`name`: office and name. `since`: now when left out. `reason` is needed to replace somebody."""

    name: str
    since: AwareDatetime | None = None
    reason: str = ""


class FollowupIn(Schema):
    text: str = ""
    kind: str = "call"
    source: str = ""
    facts: dict[str, int | None] = {}


class FollowupOut(Schema):
    id: UUID
    at: datetime
    kind: str
    text: str
    facts: dict[str, int | None]
    source: str
    by_name: str
    simulated: bool


class ClockOut(Schema):
    id: UUID
    stage: str
    rule: str
    rule_name: str
    sender_name: str
    recipient: str
    recipient_name: str
    form: str
    form_name: str
    minutes: int | None
    immediate: bool
    certain: bool
    needs: list[str]
    clause: str
    confidence: str
    supersedes: list[dict[str, Any]]
    started_at: datetime | None
    legal_at: datetime | None
    state: str
    met_at: datetime | None
    late_minutes: int | None
    means: str
    reported_by: str
    received_by: str


class ReportOut(Schema):
    id: UUID
    incident_id: UUID
    stage: str
    ordinal: int
    serial: str
    title: str
    addressees: list[str]
    body: dict[str, Any]
    missing: list[str]
    state: str
    due_at: datetime | None
    signed_by: str
    signed_at: datetime | None
    sent_at: datetime | None
    means: str
    received_by: str
    corrects_id: UUID | None


class ReportIn(Schema):
    title: str
    paragraphs: list[dict[str, str]]
    addressees: list[str] = []


class StoryOut(Schema):
    at: datetime
    recorded_at: datetime
    text: str
    who: str
    kind: str
    action: str
    major: bool
    simulated: bool
    url: str


class ParseIn(Schema):
    text: str


class FiguresIn(Schema):
    """Numbers, true or false for what is asked (`severe_loss`, `may_become_major`), or null: unknown again."""

    facts: dict[str, bool | int | None]
    source: str = ""


class MergeIn(Schema):
    into: UUID


class CorrectionIn(Schema):
    reason: str


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def _plain(i: Incident) -> dict[str, Any]:
    return {
        "id": i.pk,
        "number": i.number,
        "title": i.title,
        "kind": i.kind,
        "kind_name": i.kind_name,
        "region": i.region.short_code,
        "place": i.place,
        "lon": i.position.x if i.position else None,
        "lat": i.position.y if i.position else None,
        "accuracy_m": i.accuracy_m,
        "occurred_at": i.occurred_at,
        "received_at": i.received_at,
        "source": i.source,
        "facts": i.facts,
        "grade": i.grade,
        "grading": i.grading,
        "commander": i.commander,
        "commander_since": i.commander_since,
        "state": i.state,
        "due_at": i.due_at,
        "closed_at": i.closed_at,
        "url": i.get_absolute_url(),
    }


@router.post("/intake", response=dict[str, Any], summary="What is recognised in one line of text; nothing is kept")
def post_intake(request: HttpRequest, given: ParseIn) -> dict[str, Any]:
    return intake_queries.recognise(_ctx(request), given.text).as_dict()


@router.get(
    "/incidents",
    response=IncidentListOut,
    summary="Incidents by filters, newest first; `before` leads to the next page",
)
def get_incidents(
    request: HttpRequest,
    state: str = "open",
    grade: str = "",
    kind: str = "",
    region: str = "",
    q: str = "",
    day: str = "",
    before: str = "",
    limit: int = 50,
) -> dict[str, Any]:
    filters = {"state": state, "grade": grade, "kind": kind, "region": region, "q": q, "day": day, "before": before}
    page = queries.incident_page(_ctx(request), filters, limit=max(1, min(limit, 200)))
    return {"items": [_plain(i) for i in page.rows], "before": page.before}


@router.post("/incidents", response={201: IncidentOut}, summary="A line of text becomes an incident")
def post_incident(request: HttpRequest, given: IncidentIn) -> tuple[int, dict[str, Any]]:
    return 201, _plain(services.open_incident(_ctx(request), text=given.text, corrections=given.corrections))


@router.get("/incidents/{uuid:pk}", response=IncidentOut, summary="One incident")
def get_incident(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    return _plain(queries.incident(_ctx(request), pk))


@router.get("/incidents/{uuid:pk}/timeline", response=list[StoryOut], summary="The story of an incident, oldest first")
def get_timeline(request: HttpRequest, pk: UUID) -> list[Any]:
    ctx = _ctx(request)
    return timeline(ctx, queries.incident(ctx, pk))


@router.get("/incidents/{uuid:pk}/followups", response=list[FollowupOut], summary="What arrived later")
def get_followups(request: HttpRequest, pk: UUID) -> list[Any]:
    ctx = _ctx(request)
    return queries.followups_of(ctx, queries.incident(ctx, pk))


@router.post(
    "/incidents/{uuid:pk}/followups", response={201: FollowupOut}, summary="Add words and figures that arrived later"
)
def post_followup(request: HttpRequest, pk: UUID, given: FollowupIn) -> tuple[int, Any]:
    ctx = _ctx(request)
    kind = given.kind if given.kind in ("call", "field", "figure", "note") else "call"
    return 201, services.add_followup(
        ctx, queries.incident(ctx, pk), text=given.text, kind=kind, source=given.source, facts=given.facts
    )


@router.post("/incidents/{uuid:pk}/figures", response=IncidentOut, summary="Figures that somebody has made sure of")
def post_figures(request: HttpRequest, pk: UUID, given: FiguresIn) -> dict[str, Any]:
    ctx = _ctx(request)
    found = queries.incident(ctx, pk)
    services.confirm_facts(ctx, found, given.facts, source=given.source)
    return _plain(queries.incident(ctx, pk))


@router.post(
    "/incidents/{uuid:pk}/merge", response=IncidentOut, summary="Join an incident to another; returns the other"
)
def post_merge(request: HttpRequest, pk: UUID, given: MergeIn) -> dict[str, Any]:
    ctx = _ctx(request)
    return _plain(services.merge(ctx, queries.incident(ctx, pk), into=queries.incident(ctx, given.into)))


@router.post("/incidents/{uuid:pk}/commander", response=IncidentOut, summary="Who commands at the scene from now on")
def post_commander(request: HttpRequest, pk: UUID, given: CommanderIn) -> dict[str, Any]:
    ctx = _ctx(request)
    found = queries.incident(ctx, pk)
    services.name_commander(ctx, found, name=given.name, since=given.since, reason=given.reason)
    return _plain(queries.incident(ctx, pk))


@router.get("/incidents/{uuid:pk}/clocks", response=list[ClockOut], summary="Reporting clocks, running and done")
def get_clocks(request: HttpRequest, pk: UUID) -> list[ReportClock]:
    ctx = _ctx(request)
    return queries.clocks_of(ctx, queries.incident(ctx, pk))


@router.get("/incidents/{uuid:pk}/reports", response=list[ReportOut], summary="Official reports of an incident")
def get_reports(request: HttpRequest, pk: UUID) -> list[Report]:
    ctx = _ctx(request)
    return queries.reports_of(ctx, queries.incident(ctx, pk))


@router.get("/reports/{uuid:pk}", response=ReportOut, summary="One official report")
def get_report(request: HttpRequest, pk: UUID) -> Report:
    return Report.objects.get_visible(_ctx(request), pk=pk)  # type: ignore[no-any-return]


@router.put("/reports/{uuid:pk}", response=ReportOut, summary="Change the words of a report before it is signed")
def put_report(request: HttpRequest, pk: UUID, given: ReportIn) -> Report:
    ctx = _ctx(request)
    found = Report.objects.get_visible(ctx, pk=pk)
    return services.edit_report(ctx, found, title=given.title, paragraphs=given.paragraphs, addressees=given.addressees)


@router.post(
    "/reports/{uuid:pk}/correct", response={201: ReportOut}, summary="A numbered correction of a report that was sent"
)
def post_correction(request: HttpRequest, pk: UUID, given: CorrectionIn) -> tuple[int, Report]:
    ctx = _ctx(request)
    return 201, services.correct(ctx, Report.objects.get_visible(ctx, pk=pk), reason=given.reason)


if find_spec("anlan.command.responses.api") is not None:
    router.add_router("", import_module("anlan.command.responses.api").router)
router.add_router("", import_module("anlan.command.duty.api").router)
router.add_router("", import_module("anlan.command.gateways.api").router)
router.add_router("", import_module("anlan.command.quality.api").router)
for _part in ("rollcall", "circulars", "map", "whistle"):
    router.add_router("", import_module(f"anlan.command.{_part}.api").router)
