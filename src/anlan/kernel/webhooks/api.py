"""API of subscriptions. Steps (release, pause, resume …) are those of the loop: ``/api/v1/kernel/loops/kernel.webhook``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.scope_names import scope_names
from anlan.kernel.web.schemas import TROUBLES
from anlan.kernel.wording import words as _

from . import queries, services
from .models import Subscription
from .offers import offers, subjects_of

router = Router()


class OfferOut(Schema):
    prefix: str = Field(description="as a pattern: everything whose type begins with it")
    title: str
    subjects: list[str]


class WebhookIn(Schema):
    name: str = Field(min_length=1, max_length=120)
    url: str = Field(min_length=1, max_length=500, description="https; http only for hosts that the installation lists")
    subjects: list[str] = Field(
        min_length=1, max_length=50, description="exact subjects, or patterns like analysis.signal.*"
    )
    exercises: bool = Field(False, description="also what happens in exercises; such messages say so")


class WebhookNew(WebhookIn):
    region: str = Field(description="division code; events of this region and below are sent")


class WebhookOut(Schema):
    id: UUID
    name: str
    url: str
    subjects: list[str]
    region: str
    exercises: bool
    state: Literal["waiting", "active", "paused", "broken", "ended"]
    why: str = Field(description="why it is broken")
    acts_for: str = Field(description="the person by whose rights it sends")
    position: int = Field(description="every event up to this position was sent or is none of its business")
    failing_since: datetime | None
    tries: int
    error: str


class SecretOut(Schema):
    webhook: WebhookOut
    secret: str = Field(description="shown this once")


class DeliveryOut(Schema):
    id: int
    event: UUID
    subject: str
    kind: Literal["event", "again", "test"]
    outcome: Literal["asked", "delivered", "failed"]
    exercise: bool
    attempt: int
    at: datetime
    status: int | None
    took_ms: float | None = Field(description="until the answer")
    lag_ms: float | None = Field(description="from the event's commit to the message's leaving")
    error: str


@router.get("/offers", response=list[OfferOut], operation_id="list_webhook_offers")
def list_offers(request: HttpRequest) -> Any:
    """Events that may be sent, as far as this person may see such things somewhere."""
    ctx = _ctx(request)
    return [
        {"prefix": o.prefix + "*", "title": str(o.title), "subjects": subjects_of(o.prefix)}
        for o in offers()
        if ctx.paths(o.permission)
    ]


@router.get("", response=list[WebhookOut], operation_id="list_webhooks")
def list_webhooks(request: HttpRequest) -> Any:
    return [_out(s) for s in queries.subscriptions(_ctx(request))[:500]]


@router.post("", response={201: SecretOut, **TROUBLES}, operation_id="create_webhook")
def create_webhook(request: HttpRequest, given: WebhookNew) -> Any:
    """Register a receiver. Unless the installation lists the host it waits for an administrator's second look."""
    ctx = _ctx(request)
    path = scope_names().path_of(given.region)
    if path is None:
        raise BadInput(_("没有这个行政区划代码"), mend=_("请写 12 位区划代码"), field="region")
    record, secret = services.create_subscription(
        ctx, name=given.name, url=given.url, subjects=given.subjects, scope=path, exercises=given.exercises
    )
    return Status(201, {"webhook": _out(record), "secret": secret})


@router.get("/{uuid:pk}", response={200: WebhookOut, **TROUBLES}, operation_id="get_webhook")
def get_webhook(request: HttpRequest, pk: UUID) -> Any:
    return _out(queries.subscription(_ctx(request), pk))


@router.put("/{uuid:pk}", response={200: WebhookOut, **TROUBLES}, operation_id="change_webhook")
def change_webhook(request: HttpRequest, pk: UUID, given: WebhookIn) -> Any:
    ctx = _ctx(request)
    record = queries.subscription(ctx, pk)
    changed = services.change_subscription(
        ctx, record=record, name=given.name, url=given.url, subjects=given.subjects, exercises=given.exercises
    )
    return _out(changed)


@router.post("/{uuid:pk}/secret", response={200: SecretOut, **TROUBLES}, operation_id="renew_webhook_secret")
def renew_webhook_secret(request: HttpRequest, pk: UUID) -> Any:
    """Another secret; the present one holds no longer."""
    ctx = _ctx(request)
    record = queries.subscription(ctx, pk)
    return {"secret": services.renew_secret(ctx, record=record), "webhook": _out(record)}


@router.post("/{uuid:pk}/test", response={202: DeliveryOut, **TROUBLES}, operation_id="test_webhook")
def test_webhook(request: HttpRequest, pk: UUID) -> Any:
    """Have a test message sent now, once."""
    ctx = _ctx(request)
    return Status(202, services.ask_test(ctx, record=queries.subscription(ctx, pk)).facts)


@router.get(
    "/{uuid:pk}/deliveries", response={200: list[DeliveryOut], **TROUBLES}, operation_id="list_webhook_deliveries"
)
def list_deliveries(
    request: HttpRequest, pk: UUID, outcome: Literal["", "asked", "delivered", "failed"] = "", before: int | None = None
) -> Any:
    """The latest attempts, a hundred at a time; `before` is the id of the last one seen."""
    ctx = _ctx(request)
    rows = queries.deliveries(ctx, queries.subscription(ctx, pk), outcome=outcome)
    return [d.facts for d in (rows.filter(pk__lt=before) if before else rows)[:100]]


@router.post(
    "/{uuid:pk}/deliveries/{int:delivery}/again", response={202: DeliveryOut, **TROUBLES}, operation_id="send_webhook_again"
)  # fmt: skip
def send_again(request: HttpRequest, pk: UUID, delivery: int) -> Any:
    """Have the event of an earlier attempt sent once more, with the same id."""
    ctx = _ctx(request)
    return Status(202, services.ask_again(ctx, record=queries.subscription(ctx, pk), delivery=delivery).facts)


def _out(s: Subscription) -> dict[str, Any]:
    p = getattr(s, "progress", None)
    return {
        "id": s.pk, "name": s.name, "url": s.url, "subjects": [x + "*" if x.endswith(".") else x for x in s.subjects],
        "region": scope_names().code_of(s.scope), "exercises": s.exercises, "state": s.state, "why": s.why,
        "acts_for": s.acts_for_name, "position": p.position if p else 0, "failing_since": p.failing_since if p else None,
        "tries": p.tries if p else 0, "error": p.error if p else "",
    }  # fmt: skip


def _ctx(request: HttpRequest) -> Context:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    if not ctx.paths(queries.VIEW):
        raise NotAllowed(permission=queries.VIEW)
    return ctx
