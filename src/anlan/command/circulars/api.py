"""The API of circulars: for the platform above, and for document systems beside this one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from anlan.command.models import Circular

from . import queries, services

router = Router()

Kind = Literal["notice", "report", "instruction", "remark", "letter"]
Urgency = Literal["normal", "urgent", "extra", "top"]


class CircularIn(Schema):
    """What comes from above. `source_id` is the sender's own id: sent again, it is the same circular."""

    title: str = Field(min_length=1, max_length=200)
    kind: Kind
    issuer: str = Field(min_length=1, max_length=120)
    text: str = Field(min_length=1, max_length=20_000)
    number: str = Field("", max_length=60, description="发文字号")
    urgency: Urgency = "normal"
    done_by: AwareDatetime | None = None
    source_id: str = Field("", max_length=120)


class ReceiptOut(Schema):
    id: UUID
    organisation: str
    organisation_name: str
    state: str
    due_at: datetime | None
    read_at: datetime | None
    read_name: str
    done_at: datetime | None
    done_name: str
    done_text: str


class CircularOut(Schema):
    id: UUID
    title: str
    kind: str
    urgency: str
    number: str
    issuer: str
    from_above: bool
    state: str
    text: str
    read_by: datetime | None
    done_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    url: str


class CircularDetailOut(CircularOut):
    receipts: list[ReceiptOut]


@router.get("/circulars", response=list[CircularOut], summary="Circulars, those under way first")
def get_circulars(request: HttpRequest) -> list[dict[str, Any]]:
    return [_shown(row) for row in queries.circulars(request.ctx)[:100]]  # type: ignore[attr-defined]


@router.post("/circulars", response={201: CircularOut}, summary="Take in a circular from above; it waits for the desk")
def post_circular(request: HttpRequest, given: CircularIn) -> tuple[int, dict[str, Any]]:
    made = services.register_circular(request.ctx, means="interface", **given.dict())  # type: ignore[attr-defined]
    return 201, _shown(made)


@router.get(
    "/circulars/{pk}", response=CircularDetailOut, summary="One circular with the receipts that the caller may see"
)
def get_circular(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    found: Circular = Circular.objects.get_visible(ctx, pk=pk)
    receipts = [
        {
            "id": r.pk, "organisation": r.organisation_id, "organisation_name": str(r.organisation), "state": r.state,
            "due_at": r.due_at, "read_at": r.read_at, "read_name": r.read_name, "done_at": r.done_at, "done_name": r.done_name,
            "done_text": r.done_text,
        }
        for r in queries.receipts_of(ctx, found)
    ]  # fmt: skip
    return {**_shown(found), "receipts": receipts}


def _shown(row: Circular) -> dict[str, Any]:
    return {
        "id": row.pk, "title": row.title, "kind": row.kind, "urgency": row.urgency, "number": row.number, "issuer": row.issuer,
        "from_above": row.from_above, "state": row.state, "text": row.text, "read_by": row.read_by, "done_by": row.done_by,
        "opened_at": row.opened_at, "closed_at": row.closed_at, "url": row.get_absolute_url(),
    }  # fmt: skip
