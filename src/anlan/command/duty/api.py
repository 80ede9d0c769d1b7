"""The API of the duty room. Steps (sign on, agree, take over …) are taken at the loops' own addresses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime

from anlan.command.models import Shift
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.places.models import Person, Region
from anlan.places.queries import region as region_of

from . import services
from .log import duty_day, log_entries
from .queries import on_duty

router = Router()
VIEW, LOG = "command.roster.view", "command.duty_log.view"


class SeatedOut(Schema):
    """Somebody on a seat. `post` is empty for seats without a duty post."""

    person: str
    seat: str
    role: str
    post: str
    starts_at: datetime
    ends_at: datetime
    signed_on: bool
    shift: UUID


class LineOut(Schema):
    at: datetime
    kind: str
    text: str
    who: str
    url: str
    simulated: bool
    count: int


class EntryIn(Schema):
    """`kind`: note, call, order, check or fault."""

    region: str
    text: str
    kind: str = "note"


class EntryOut(Schema):
    id: UUID
    at: datetime
    kind: str
    text: str
    by_name: str


class SubstituteIn(Schema):
    """`to`: id of the person who comes instead."""

    to: UUID
    reason: str


class ShiftOut(Schema):
    id: UUID
    seat_name: str
    starts_at: datetime
    ends_at: datetime
    person: str
    state: str


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def _region(ctx: Context, code: str, permission: str) -> Region:
    found = region_of(code)
    if not ctx.may(permission, found.path):
        raise NotFound()
    return found


@router.get("/duty/seated", response=list[SeatedOut], summary="Who is, or was, on duty in a region by its roster")
def get_seated(request: HttpRequest, region: str, at: AwareDatetime | None = None) -> list[dict[str, Any]]:
    ctx = _ctx(request)
    return [
        {
            "person": o.person.name, "seat": o.seat_name, "role": o.role, "post": o.post.code if o.post else "", "starts_at": o.starts_at,
            "ends_at": o.ends_at, "signed_on": o.signed_on, "shift": o.shift.pk,
        }
        for o in on_duty(ctx, _region(ctx, region, VIEW), at)
    ]  # fmt: skip


@router.get("/duty/log", response=list[LineOut], summary="The 24-hour log of a region on a day, oldest first")
def get_log(request: HttpRequest, region: str, day: date) -> list[Any]:
    ctx = _ctx(request)
    return log_entries(ctx, _region(ctx, region, LOG), *duty_day(day))


@router.post("/duty/log", response={201: EntryOut}, summary="Write an entry into the 24-hour log")
def post_log(request: HttpRequest, given: EntryIn) -> tuple[int, Any]:
    ctx = _ctx(request)
    return 201, services.note_log(ctx, region=_region(ctx, given.region, LOG), text=given.text, kind=given.kind)


@router.post(
    "/duty/shifts/{uuid:pk}/substitute", response=ShiftOut, summary="Somebody else takes a shift at short notice"
)
def post_substitute(request: HttpRequest, pk: UUID, given: SubstituteIn) -> dict[str, Any]:
    ctx = _ctx(request)
    shift = Shift.objects.select_related("region", "person").get_visible(ctx, pk=pk)
    to = Person.objects.filter(pk=given.to, is_active=True).first()
    if to is None:
        raise NotFound()
    now = services.substitute(ctx, shift=shift, to=to, reason=given.reason)
    return {
        "id": now.pk, "seat_name": now.seat_name, "starts_at": now.starts_at, "ends_at": now.ends_at, "person": now.person.name,
        "state": now.state,
    }  # fmt: skip
