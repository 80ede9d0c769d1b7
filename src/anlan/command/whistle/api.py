"""吹哨报到 for programs. Steps of a call are those of its loop: ``/api/v1/kernel/loops/command.whistle_call/…``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from anlan.command.models import Incident, Whistle
from anlan.kernel.context import Context
from anlan.places.queries import region

from . import queries, services

router = Router(tags=["command"])


class WhistleIn(Schema):
    region: str = Field(description="code of the street or community")
    kind: str
    text: str
    place: str
    departments: list[str]
    reasons: dict[str, str] = {}
    urgent: bool = False
    report_min: int | None = None
    close_min: int | None = None
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    incident: UUID | None = None
    request: UUID | None = Field(None, description="sent twice with the same number, it is blown once")


class WhistleCallOut(Schema):
    id: UUID
    department: str = Field(alias="organisation_id")
    reason: str
    state: str
    due_at: datetime | None
    report_due_at: datetime
    responded_at: datetime | None
    arrived_at: datetime | None
    arrived_late: bool
    who: str
    latest: str
    closed_at: datetime | None
    grade: str
    returned: int


class WhistleOut(Schema):
    id: UUID
    kind: str
    text: str
    place: str
    urgent: bool
    region: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    report_min: int
    close_min: int
    incident: UUID | None
    calls: list[WhistleCallOut]
    url: str


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def _plain(ctx: Context, rows: Sequence[Whistle]) -> list[dict[str, Any]]:
    names = ("kind", "text", "place", "urgent", "state", "opened_at", "closed_at", "report_min", "close_min")
    calls = queries.calls_of_each(ctx, rows)
    return [
        {
            "id": found.pk, **{name: getattr(found, name) for name in names}, "region": found.region.short_code,
            "incident": found.incident_id, "calls": calls[found.pk], "url": found.get_absolute_url(),
        }
        for found in rows
    ]  # fmt: skip


@router.get("/whistles", response=list[WhistleOut], summary="Whistles that are open, the newest first")
def get_whistles(request: HttpRequest) -> list[dict[str, Any]]:
    ctx = _ctx(request)
    return _plain(ctx, list(queries.whistles(ctx).open().order_by("-opened_at")[:100]))


@router.post("/whistles", response={201: WhistleOut}, summary="A street calls departments")
def post_whistle(request: HttpRequest, given: WhistleIn) -> tuple[int, dict[str, Any]]:
    ctx = _ctx(request)
    incident = Incident.objects.get_visible(ctx, pk=given.incident) if given.incident else None
    at = (given.lon, given.lat) if given.lon is not None and given.lat is not None else None
    made = services.blow_whistle(
        ctx, region=region(given.region), kind=given.kind, text=given.text, place=given.place, departments=given.departments,
        reasons=given.reasons, urgent=given.urgent, report_min=given.report_min, close_min=given.close_min, position=at,
        incident=incident, request=given.request,
    )  # fmt: skip
    return 201, _plain(ctx, [made])[0]


@router.get("/whistles/{uuid:pk}", response=WhistleOut, summary="One whistle with the call to each department")
def get_whistle(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    ctx = _ctx(request)
    return _plain(ctx, [queries.whistle(ctx, pk)])[0]
