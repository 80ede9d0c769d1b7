"""The API of roll calls. Answers are steps at /api/v1/kernel/loops/command.rollcall_answer/…"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from anlan.command.models import RollCall

from . import queries, services
from .services.calling import LEAST_MIN, MOST_MIN

router = Router()


class RollCallIn(Schema):
    organisations: list[str] = Field(min_length=1, max_length=2000, description="codes of the units to call")
    title: str = Field("", max_length=120)
    text: str = Field("", max_length=500)
    answer_min: int | None = Field(
        None, ge=LEAST_MIN, le=MOST_MIN, description="minutes to answer; the rule's when left out"
    )


class RollCallOut(Schema):
    """`rate` in percent over the units whose time is over; null before."""

    id: UUID
    title: str
    state: str
    opened_at: datetime
    answer_by: datetime
    closed_at: datetime | None
    asked: int
    in_time: int
    late: int
    missed: int
    waiting: int
    rate: float | None
    url: str


class AnswerOut(Schema):
    id: UUID
    organisation: str
    organisation_name: str
    state: str
    called: list[dict[str, str]]
    answered_at: datetime | None
    answered_by: str
    means: str
    note: str


class RollCallDetailOut(RollCallOut):
    answers: list[AnswerOut]


@router.get("/rollcalls", response=list[RollCallOut], summary="Roll calls, those still running first")
def get_rollcalls(request: HttpRequest) -> list[dict[str, Any]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    rows = list(queries.rollcalls(ctx)[:100])
    counts = queries.tallies(ctx, rows)
    return [_shown(row, counts.get(row.pk, queries.Tally())) for row in rows]


@router.post("/rollcalls", response={201: RollCallOut}, summary="Draw up a roll call and ask every unit at once")
def post_rollcall(request: HttpRequest, given: RollCallIn) -> tuple[int, dict[str, Any]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    made = services.draw_rollcall(ctx, **given.dict())
    return 201, _shown(made, queries.tallies(ctx, [made]).get(made.pk, queries.Tally()))


@router.get(
    "/rollcalls/{pk}", response=RollCallDetailOut, summary="One roll call with the answers that the caller may see"
)
def get_rollcall(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    found: RollCall = RollCall.objects.get_visible(ctx, pk=pk)
    answers = [
        {
            "id": a.pk, "organisation": a.organisation_id, "organisation_name": str(a.organisation), "state": a.state,
            "called": [{"name": who["name"], "post": who["post"]} for who in a.called], "answered_at": a.answered_at,
            "answered_by": a.answered_by, "means": a.means, "note": a.note,
        }
        for a in queries.answers_of(ctx, found)
    ]  # fmt: skip
    return {**_shown(found, queries.tallies(ctx, [found]).get(found.pk, queries.Tally())), "answers": answers}


def _shown(call: RollCall, tally: queries.Tally) -> dict[str, Any]:
    return {
        "id": call.pk, "title": call.title, "state": call.state, "opened_at": call.opened_at, "answer_by": call.answer_by,
        "closed_at": call.closed_at, "asked": tally.asked, "in_time": tally.in_time, "late": tally.late,
        "missed": tally.missed, "waiting": tally.waiting, "rate": tally.rate, "url": call.get_absolute_url(),
    }  # fmt: skip
