"""The API of responses and tasks. Steps of a task are taken at /api/v1/kernel/loops/command.task/…"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from . import queries, services

router = Router()


class OrderOut(Schema):
    id: UUID
    change: str
    level: str
    serial: str
    elements: dict[str, Any]
    signed_by: str
    signed_at: datetime


class ResponseOut(Schema):
    id: UUID
    hazard: str
    title: str
    region: str
    level: str
    level_number: int
    state: str
    started_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    unfilled: list[dict[str, str]]


class ResponseDetailOut(ResponseOut):
    orders: list[OrderOut]
    counts: dict[str, int]


class TaskOut(Schema):
    id: UUID
    card: str
    text: str
    organisation: str
    organisation_name: str
    response: UUID | None
    incident: UUID | None
    level: str
    state: str
    due_at: datetime | None
    finish_by: datetime
    late: bool
    note: str
    figures: dict[str, float]
    latest: str
    latest_at: datetime | None


class TaskIn(Schema):
    """The same task for several organisations (codes); `due_at` with offset."""

    text: str
    organisations: list[str]
    due_at: datetime
    response: UUID | None = None


class ChasedOut(Schema):
    chased: int


@router.get("/responses", response=list[ResponseOut], summary="Responses, those in force first")
def get_responses(request: HttpRequest, active: bool = False) -> list[dict[str, Any]]:
    return [_response(r) for r in queries.responses(request.ctx, only_active=active)[:200]]  # type: ignore[attr-defined]


@router.get(
    "/responses/{pk}", response=ResponseDetailOut, summary="One response with its orders and how far its tasks are"
)
def get_response(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    found = queries.response(ctx, pk)
    orders = [
        {"id": o.pk, "change": o.change, "level": o.level, "serial": o.serial, "elements": o.elements, "signed_by": o.signed_by,
         "signed_at": o.signed_at}
        for o in queries.orders(ctx, found)
    ]  # fmt: skip
    return {**_response(found), "orders": orders, "counts": queries.board(ctx, found).counts}


@router.post("/responses/{pk}/chase", response=ChasedOut, summary="Chase every late task of the response")
def post_chase(request: HttpRequest, pk: UUID) -> dict[str, int]:
    ctx = request.ctx  # type: ignore[attr-defined]
    return {"chased": services.chase_late(ctx, queries.response(ctx, pk))}


@router.get("/tasks", response=list[TaskOut], summary="Tasks: one's own open ones, or all of a response")
def get_tasks(request: HttpRequest, response: UUID | None = None) -> list[dict[str, Any]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    rows = queries.my_tasks(ctx) if response is None else list(queries.tasks(ctx, of=queries.response(ctx, response)))
    return [_task(t, ctx.now()) for t in rows]


@router.get("/tasks/{pk}", response=TaskOut, summary="One task")
def get_task(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    return _task(queries.task(ctx, pk), ctx.now())


@router.post("/tasks", response={201: list[TaskOut]}, summary="Give a task by hand")
def post_tasks(request: HttpRequest, given: TaskIn) -> tuple[int, list[dict[str, Any]]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    parent = queries.response(ctx, given.response) if given.response else None
    made = services.issue_tasks(
        ctx, text=given.text, organisations=given.organisations, due_at=given.due_at, response=parent
    )
    return 201, [_task(t, ctx.now()) for t in made]


def _response(r: Any) -> dict[str, Any]:
    names = ("hazard", "title", "level", "level_number", "state", "started_at", "due_at", "closed_at", "unfilled")
    return {"id": r.pk, "region": r.region.short_code, **{n: getattr(r, n) for n in names}}


def _task(t: Any, now: datetime) -> dict[str, Any]:
    names = ("card", "text", "level", "state", "due_at", "note", "figures", "latest", "latest_at")
    return {
        "id": t.pk, "organisation": t.organisation_id, "organisation_name": str(t.organisation), "response": t.response_id,
        "incident": t.incident_id, "finish_by": t.due_from_plan, "late": t.is_late(now), **{n: getattr(t, n) for n in names},
    }  # fmt: skip
