"""Reads: subscriptions as their readers may see them, and what became of their messages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Case, IntegerField, Max, OuterRef, QuerySet, Subquery, When

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.models import Outbox

from .message import secret_of
from .models import Attempt, Progress, Subscription

VIEW, CHANGE = "kernel.webhook.view", "kernel.webhook.change"
#: States in which a receiver may be written to at all: the second look is behind it.
ADMITTED = ("active", "paused", "broken")


def subscriptions(ctx: Context) -> QuerySet[Subscription]:
    """What this person may see, those in trouble first, with the time and outcome of the last attempt."""
    last = Attempt.objects.filter(subscription=OuterRef("pk")).exclude(outcome="asked").order_by("-id")
    rows = Subscription.objects.visible_to(ctx).select_related("progress")
    return rows.annotate(
        last_at=Subquery(last.values("at")[:1]), last_outcome=Subquery(last.values("outcome")[:1]),
        turn=Case(When(state="broken", then=0), When(state="waiting", then=1), When(state="ended", then=3), default=2,
                  output_field=IntegerField()),
    ).order_by("turn", "name")  # fmt: skip


def subscription(ctx: Context, pk: Any) -> Subscription:
    """The one, or NotFound."""
    found: Subscription = Subscription.objects.get_visible(ctx, pk=pk)
    return found


def deliveries(ctx: Context, record: Subscription, *, outcome: str = "") -> QuerySet[Attempt]:
    """Attempts of a subscription that this person sees, the latest first."""
    subscription(ctx, record.pk)
    rows = Attempt.objects.filter(subscription=record).order_by("-id")
    return rows.filter(outcome=outcome) if outcome else rows


def delivery(ctx: Context, record: Subscription, pk: int) -> Attempt:
    found = deliveries(ctx, record).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def may_change(ctx: Context, record: Subscription) -> bool:
    """The person behind it, and whoever may change subscriptions of the region as an administrator."""
    return record.is_open and (ctx.actor.key == record.acts_for or ctx.holds("admin", record.scope))


def head() -> int:
    """The position of the last event that has one."""
    return Outbox.objects.aggregate(head=Max("position"))["head"] or 0


def behind(record: Subscription) -> int:
    """How many events came since the place where a held-up subscription stopped; not all of them are its business."""
    progress = Progress.objects.filter(subscription=record).first()
    return max(0, head() - progress.position) if progress else 0


def secret(record: Subscription) -> str:
    return secret_of(settings.SECRET_KEY, record.pk, record.secret_serial)
