"""The API of review: replays with their clock and pace, after-action reports in both forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.web.schemas import TROUBLES

from . import queries, services
from .after_action import services as after_action
from .models import Replay
from .replay.scenario import scenarios

router = Router(tags=["review"])


class ReplayOut(Schema):
    """`now` is the exercise's clock; `rate` how fast it runs at this moment, `chosen_rate` what was asked for."""

    id: UUID
    scenario: str
    title: str
    world: UUID
    state: str
    now: datetime
    rate: float
    chosen_rate: float
    held_reason: str
    starts_at: datetime
    ends_at: datetime
    done: int
    inputs: int
    started_at: datetime
    started_by_name: str
    ended_at: datetime | None


class ReplayIn(Schema):
    """`begin`: a moment inside the scenario, its start when left out. `rate`: 1 to 600."""

    scenario: str
    rate: float = 60
    begin: AwareDatetime | None = None


class PaceIn(Schema):
    """0 pauses."""

    rate: float


class PaperOut(Schema):
    id: UUID
    name: str
    media_type: str
    url: str


class ReportSetOut(Schema):
    """One press of the button: the short form and the full one, each as .docx and, once it is laid down, as PDF."""

    at: datetime
    by: str
    brief: list[PaperOut]
    full: list[PaperOut]


class SubjectOut(Schema):
    """What can be reported on. `kind`: response or incident."""

    kind: str
    id: UUID
    title: str
    since: datetime
    until: datetime | None
    url: str


@router.get("/scenarios", response=list[str], summary="Scenarios that can be played")
def list_scenarios(request: HttpRequest) -> list[str]:
    _ctx(request, "review.replay.view")
    return list(scenarios())


@router.get("/replays", response=list[ReplayOut], summary="Replays of one's places, newest first")
def list_replays(request: HttpRequest) -> list[dict[str, Any]]:
    return [_replay(r) for r in queries.replays(_ctx(request, "review.replay.view"))[:100]]


@router.post("/replays", response={201: ReplayOut, **TROUBLES}, summary="Start a replay as an exercise of its own")
def post_replay(request: HttpRequest, given: ReplayIn) -> tuple[int, dict[str, Any]]:
    ctx = _ctx(request, "review.replay.view")
    started = services.start_replay(ctx, scenario=given.scenario, rate=given.rate, begin=given.begin)
    return 201, _replay(started)


@router.get("/replays/{uuid:pk}", response={200: ReplayOut, **TROUBLES}, summary="Where a replay stands")
def get_replay(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    return _replay(_found(_ctx(request, "review.replay.view"), pk))


@router.post("/replays/{uuid:pk}/pace", response={200: ReplayOut, **TROUBLES}, summary="Faster, slower, paused")
def post_pace(request: HttpRequest, pk: UUID, given: PaceIn) -> dict[str, Any]:
    ctx = _ctx(request, "review.replay.view")
    return _replay(services.choose_rate(ctx, _found(ctx, pk), given.rate))


@router.post("/replays/{uuid:pk}/end", response={200: ReplayOut, **TROUBLES}, summary="End the exercise")
def post_end(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    ctx = _ctx(request, "review.replay.view")
    return _replay(services.end_replay(ctx, _found(ctx, pk)))


@router.get("/subjects", response=list[SubjectOut], summary="Responses and incidents of this world, newest first")
def list_subjects(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "kind": row["kind"], "id": row["record"].pk, "title": row["title"], "since": row["from"], "until": row["until"],
            "url": row["record"].get_absolute_url(),
        }
        for row in after_action.subjects(_ctx(request, "review.report.view"))
    ]  # fmt: skip


@router.get(
    "/{kind}/{uuid:pk}/reports",
    response={200: list[ReportSetOut], **TROUBLES},
    summary="After-action reports of a response or an incident, newest first",
)
def list_reports(request: HttpRequest, kind: str, pk: UUID) -> list[dict[str, Any]]:
    ctx = _ctx(request, "review.report.view")
    return [_set(found) for found in after_action.report_sets(ctx, after_action.subject(ctx, kind, pk))]


@router.post(
    "/{kind}/{uuid:pk}/reports",
    response={201: ReportSetOut, **TROUBLES},
    summary="Make an after-action report; the PDFs follow within seconds",
)
def post_report(request: HttpRequest, kind: str, pk: UUID) -> tuple[int, dict[str, Any]]:
    ctx = _ctx(request, "review.report.view")
    record = after_action.subject(ctx, kind, pk)
    after_action.make_report(ctx, record)
    return 201, _set(after_action.report_sets(ctx, record)[0])


def _ctx(request: HttpRequest, permission: str) -> Context:
    """Whoever may look at nothing of the kind finds nothing of the kind."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    if not ctx.paths(permission):
        raise NotFound()
    return ctx


def _found(ctx: Context, pk: UUID) -> Replay:
    found: Replay | None = queries.replays(ctx).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def _replay(replay: Replay) -> dict[str, Any]:
    reading = clock.read(replay.world_id)
    plain = {name: getattr(replay, name) for name in ReplayOut.__annotations__ if hasattr(replay, name)}
    return {**plain, "id": replay.pk, "world": replay.world_id, "now": reading.now(), "rate": reading.rate}


def _set(found: dict[str, Any]) -> dict[str, Any]:
    return {"at": found["at"], "by": found["by"], "brief": _papers(found["brief"]), "full": _papers(found["full"])}


def _papers(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {"id": a.pk, "name": a.name, "media_type": a.media_type, "url": f"/api/v1/kernel/attachments/{a.pk}/content"}
        for a in rows
    ]
