"""API of messaging: the inbox, rounds of calls and calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from anlan.kernel.errors import NotFound
from anlan.kernel.texts import whole_line
from anlan.places.queries import region

from . import queries, services
from .models import Call

router = Router()


class MessageOut(Schema):
    id: UUID = Field(description="id of the delivery to this person")
    text: str
    about_type: str
    about_id: str
    about_url: str
    urgent: bool
    sender: str
    sent_at: datetime
    read_at: datetime | None


class RoundIn(Schema):
    why: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=2000)
    regions: list[str] = Field(
        min_length=1, max_length=2000, description="division codes, each called by its own ladder"
    )
    urgent: bool = False
    series: str = Field(
        "", max_length=80, description="a later round of the series replaces the open calls of this one"
    )


class RoundOut(Schema):
    id: UUID
    why: str
    text: str
    urgent: bool
    about_type: str
    about_id: str
    started_at: datetime
    started_by: str
    total: int
    answered: int
    open: int
    exhausted: int


class AttemptOut(Schema):
    at: datetime
    post: str
    person: str
    channel: str
    outcome: str
    detail: str
    simulated: bool


class CallOut(Schema):
    id: UUID
    round: UUID
    region: str
    region_name: str
    state: str
    due_at: datetime | None
    answered_by: str
    answered_means: str
    closed_at: datetime | None
    attempts: list[AttemptOut]


class AnswerIn(Schema):
    note: str = Field("", max_length=200)


class HandIn(Schema):
    answered_by: str = Field(min_length=1, max_length=60)
    how: Literal["phone", "radio", "in_person", "other"]
    note: str = Field("", max_length=200)


@router.get("/inbox", response=list[MessageOut], summary="My messages, unread first")
def inbox(request: HttpRequest, limit: int = 50) -> Any:
    rows = queries.inbox(request.ctx)[: max(1, min(limit, 500))]  # type: ignore[attr-defined]
    return [
        {
            "id": d.pk, "text": d.message.text, "about_type": d.message.about_type, "about_id": d.message.about_id,
            "about_url": d.message.about_url, "urgent": d.message.urgent, "sender": d.message.sender_name,
            "sent_at": d.message.sent_at, "read_at": d.read_at,
        }
        for d in rows
    ]  # fmt: skip


@router.post("/inbox/{delivery}/read", response={204: None}, summary="I have read it")
def read(request: HttpRequest, delivery: UUID) -> Any:
    services.mark_read(request.ctx, delivery=delivery)  # type: ignore[attr-defined]
    return 204, None


@router.get("/rounds", response=list[RoundOut], summary="Rounds of calls, newest first")
def list_rounds(request: HttpRequest, limit: int = 50) -> Any:
    found = list(queries.rounds(request.ctx)[: max(1, min(limit, 500))])  # type: ignore[attr-defined]
    return _rounds(request, found)


@router.post("/rounds", response={201: RoundOut}, summary="Start a round of calls")
def start(request: HttpRequest, body: RoundIn) -> Any:
    regions = [region(code) for code in body.regions]
    round_ = services.start_calls(
        request.ctx,  # type: ignore[attr-defined]
        why=whole_line(body.why, 200, "why"),
        text=body.text,
        regions=regions,
        urgent=body.urgent,
        series=body.series,
    )
    return 201, _rounds(request, [round_])[0]


@router.get("/rounds/{round}/calls", response=list[CallOut], summary="Calls of a round with every attempt")
def calls_of(request: HttpRequest, round: UUID) -> Any:
    ctx = request.ctx  # type: ignore[attr-defined]
    if not queries.rounds(ctx).filter(pk=round).exists():
        raise NotFound()
    rows = Call.objects.visible_to(ctx).filter(round_id=round).order_by(queries.pressing(), "region_id")
    return _calls(list(rows.select_related("region")))


@router.post("/rounds/{round}/chase", summary="Ring all who have not answered")
def chase(request: HttpRequest, round: UUID) -> dict[str, int]:
    return {"chased": services.chase_calls(request.ctx, round=round)}  # type: ignore[attr-defined]


@router.get("/calls/mine", response=list[CallOut], summary="Calls that I am asked to answer")
def my_calls(request: HttpRequest) -> Any:
    return _calls(list(queries.my_calls(request.ctx)))  # type: ignore[attr-defined]


@router.post("/calls/{call}/answer", response=CallOut, summary="I answer")
def answer(request: HttpRequest, call: UUID, body: AnswerIn) -> Any:
    return _calls([services.answer_call(request.ctx, call=call, note=body.note)])[0]  # type: ignore[attr-defined]


@router.post("/calls/{call}/record", response=CallOut, summary="Record an answer by hand")
def record(request: HttpRequest, call: UUID, body: HandIn) -> Any:
    done = services.record_answer_by_hand(request.ctx, call=call, **body.dict())  # type: ignore[attr-defined]
    return _calls([done])[0]


def _rounds(request: HttpRequest, found: list[Any]) -> list[dict[str, Any]]:
    tallies = queries.tally(request.ctx, found)  # type: ignore[attr-defined]
    nothing = {"total": 0, "answered": 0, "open": 0, "exhausted": 0}
    return [
        {
            "id": r.pk, "why": r.why, "text": r.text, "urgent": r.urgent, "about_type": r.about_type, "about_id": r.about_id,
            "started_at": r.started_at, "started_by": r.started_by_name, **tallies.get(r.pk, nothing),
        }
        for r in found
    ]  # fmt: skip


def _calls(found: list[Call]) -> list[dict[str, Any]]:
    queries.attach_attempts(found)
    return [
        {
            "id": c.pk, "round": c.round_id, "region": c.region_id, "region_name": c.region.name, "state": c.state,
            "due_at": c.due_at, "answered_by": c.answered_by, "answered_means": c.answered_means, "closed_at": c.closed_at,
            "attempts": [
                {
                    "at": a.at, "post": a.post_name, "person": a.person_name, "channel": a.channel, "outcome": a.outcome,
                    "detail": a.detail, "simulated": a.simulated,
                }
                for a in c.log
            ],
        }
        for c in found
    ]  # fmt: skip
