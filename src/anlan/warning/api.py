"""The API of warning: messages in, warnings out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from . import queries, services
from .models import Notice

router = Router()


class FaultOut(Schema):
    path: str
    code: str
    message_zh: str
    message_en: str
    mend_zh: str
    mend_en: str
    level: str


class ReceptionOut(Schema):
    """`outcome`: accepted, duplicate or refused. `warning`: the warning opened, repeated or ended."""

    outcome: str
    message: str
    warning: UUID | None
    intake: UUID
    faults: list[FaultOut]
    unknown_regions: list[str]
    others: list[dict[str, Any]]


class TextIn(Schema):
    text: str
    source: str = ""


class WarningOut(Schema):
    id: UUID
    identifier: str
    issuer: str
    hazard: str
    color: str
    level: int | None
    action: str
    state: str
    headline: str
    text: str
    instruction: str
    sent_at: datetime
    effective_at: datetime | None
    expires_at: datetime | None
    regions: list[str]
    unknown_regions: list[str]
    simulated: bool


def _shown(n: Notice) -> dict[str, Any]:
    names = [name for name in WarningOut.model_fields if name != "regions"]
    return {name: getattr(n, name) for name in names} | {"regions": [r.short_code for r in n.regions.all()]}


@router.post(
    "/messages", response={200: ReceptionOut, 422: ReceptionOut},
    summary="A CAP 1.2 message as the request's body (application/xml)",
    openapi_extra={"requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}},
)  # fmt: skip
def post_message(request: HttpRequest, source: str = "api") -> tuple[int, dict[str, Any]]:
    got = services.receive_cap(request.ctx, request.body, source)  # type: ignore[attr-defined]
    return (422 if got.outcome == "refused" else 200), got.as_dict()


@router.post("/texts", response={200: ReceptionOut, 422: ReceptionOut}, summary="The plain text of a warning signal")
def post_text(request: HttpRequest, given: TextIn) -> tuple[int, dict[str, Any]]:
    got = services.receive_text(request.ctx, given.text, given.source or "api")  # type: ignore[attr-defined]
    return (422 if got.outcome == "refused" else 200), got.as_dict()


@router.get("/warnings", response=list[WarningOut], summary="Warnings in force, or those that have ended")
def get_warnings(request: HttpRequest, ended: bool = False, limit: int = 100) -> list[dict[str, Any]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    rows = queries.ended(ctx) if ended else queries.in_force(ctx)
    return [_shown(n) for n in rows.prefetch_related("regions")[: max(1, min(limit, 500))]]


@router.get("/warnings/{warning}", response=WarningOut, summary="One warning")
def get_warning(request: HttpRequest, warning: UUID) -> dict[str, Any]:
    return _shown(Notice.objects.get_visible(request.ctx, pk=warning))  # type: ignore[attr-defined]
