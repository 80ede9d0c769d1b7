"""The API of reporting quality and of receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from anlan.command import services
from anlan.command.models import Report, ReportDelivery, ReportFinding
from anlan.command.queries.reports import deliveries_of
from anlan.kernel.context import Context

from .rates import Rate, rates

router = Router()
MOST = 200


class DeliveryOut(Schema):
    """One recipient of a sent report. `how`: stated, asked, system; `received_at` null: not confirmed yet."""

    id: UUID
    recipient: str
    recipient_name: str
    means: str
    number: str
    digest: str
    sent_at: datetime
    sent_by: str
    received_at: datetime | None
    received_by: str
    how: str
    confirmed_by: str


class ReceiptIn(Schema):
    received_by: str = ""
    received_at: datetime | None = None
    number: str = ""


class FindingOut(Schema):
    """A suspicion; `kind`: late, omit, false, conceal; `evidence`: facts in the order of time."""

    id: UUID
    kind: str
    state: str
    unit: str
    unit_name: str
    level: str
    why: str
    clause: str
    evidence: list[dict[str, Any]]
    incident_id: UUID | None
    report_id: UUID | None
    opened_at: datetime


class RateOut(Schema):
    """`kept` of `total` limits that ended in `month` (YYYY-MM)."""

    unit: str
    level: str
    month: str
    total: int
    kept: int
    percent: float


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined, no-any-return]


@router.get("/reports/{uuid:pk}/deliveries", response=list[DeliveryOut], summary="Where a report went, and who has it")
def get_deliveries(request: HttpRequest, pk: UUID) -> list[ReportDelivery]:
    ctx = _ctx(request)
    return deliveries_of(ctx, Report.objects.get_visible(ctx, pk=pk))


@router.post(
    "/reports/{uuid:pk}/deliveries/{uuid:delivery}", response=DeliveryOut, summary="Record that a recipient has it"
)
def post_receipt(request: HttpRequest, pk: UUID, delivery: UUID, given: ReceiptIn) -> ReportDelivery:
    ctx = _ctx(request)
    found = ReportDelivery.objects.get_visible(ctx, pk=delivery, report_id=pk)
    return services.confirm_receipt(
        ctx, found, received_by=given.received_by, received_at=given.received_at, number=given.number
    )


@router.get("/report-findings", response=list[FindingOut], summary="Suspicions about reporting, the newest first")
def get_findings(request: HttpRequest, state: str = "", kind: str = "") -> list[ReportFinding]:
    rows = ReportFinding.objects.visible_to(_ctx(request))
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(kind=kind) if kind else rows
    return list(rows.order_by("-opened_at", "-id")[:MOST])


@router.get("/report-rates", response=list[RateOut], summary="Timeliness by unit, level and month")
def get_rates(request: HttpRequest) -> list[Rate]:
    return rates(_ctx(request))
