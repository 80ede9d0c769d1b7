"""The API of decision: proposals with their traces, plans in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from anlan.kernel.errors import BadInput
from anlan.places.queries import region as region_of

from . import queries, services
from .models import Proposal

router = Router()


class ProposalOut(Schema):
    id: UUID
    kind: str
    hazard: str
    level: str
    level_number: int
    region: str
    state: str
    approve_role: str
    opened_at: datetime
    due_at: datetime | None
    decided_by: str
    decided_at: datetime | None
    reason: str
    confidence: str
    because: list[dict[str, Any]]
    trace: list[dict[str, Any]]
    unknown: list[str]
    order: dict[str, Any]


class AskIn(Schema):
    region: str
    hazard: str
    kind: str
    level: str = ""
    reason: str


class DecisionIn(Schema):
    """`approve`: matter, measures, and expected_hours (or, for an end, checked); `decline`: reason."""

    answer: str
    matter: str | None = None
    expected_hours: int | None = None
    measures: str | None = None
    checked: str | None = None
    note: str | None = None
    reason: str | None = None


class PlanOut(Schema):
    id: UUID
    key: str
    version: int
    hazard: str
    title: str
    region: str | None
    shipped: bool
    in_force_from: datetime


@router.get("/proposals", response=list[ProposalOut], summary="Proposals, the waiting ones or all")
def get_proposals(request: HttpRequest, state: str = "waiting") -> list[dict[str, Any]]:
    rows = queries.proposals(request.ctx, state=state if state == "waiting" else "")  # type: ignore[attr-defined]
    return [_shown(p) for p in rows[:200]]


@router.get("/proposals/{pk}", response=ProposalOut, summary="One proposal with its trace")
def get_proposal(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    return _shown(queries.proposal(request.ctx, pk))  # type: ignore[attr-defined]


@router.post("/proposals", response={201: ProposalOut}, summary="Ask by hand for a start, raise, lowering or end")
def post_proposal(request: HttpRequest, asked: AskIn) -> tuple[int, dict[str, Any]]:
    made = services.request_change(
        request.ctx, region=region_of(asked.region), hazard=asked.hazard, kind=asked.kind, reason=asked.reason, level=asked.level  # type: ignore[attr-defined]
    )  # fmt: skip
    return 201, _shown(made)


@router.post("/proposals/{pk}/decision", response=ProposalOut, summary="Approve or decline; only who has the power")
def post_decision(request: HttpRequest, pk: UUID, given: DecisionIn) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    proposal = queries.proposal(ctx, pk)
    words = given.dict(exclude_none=True, exclude={"answer"})
    if given.answer not in ("approve", "decline"):
        raise BadInput(_("请回答 approve 或 decline"), field="answer")
    decide = services.approve if given.answer == "approve" else services.decline
    return _shown(decide(ctx, proposal, words))


@router.get("/plans", response=list[PlanOut], summary="Versions of plans")
def get_plans(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "id": p.pk, "key": p.key, "version": p.version, "hazard": p.hazard, "title": p.title, "shipped": p.shipped,
            "region": p.region.short_code if p.region else None, "in_force_from": p.in_force_from,
        }
        for p in queries.plans(request.ctx)  # type: ignore[attr-defined]
    ]  # fmt: skip


@router.get("/plans/{pk}", response=dict[str, Any], summary="A plan as it is exported")
def get_plan(request: HttpRequest, pk: UUID) -> dict[str, Any]:
    return queries.plan(request.ctx, pk).content  # type: ignore[attr-defined]


def _shown(p: Proposal) -> dict[str, Any]:
    names = (
        "kind", "hazard", "level", "level_number", "state", "approve_role", "opened_at", "due_at", "decided_by", "decided_at",
        "reason", "confidence", "because", "trace", "unknown", "order",
    )  # fmt: skip
    return {"id": p.pk, "region": p.region.short_code, **{name: getattr(p, name) for name in names}}
