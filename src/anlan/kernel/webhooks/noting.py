"""What the engine asks of the database, and what it writes down: one thread, one transaction for all that has gathered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Q

from anlan.events.webhooks import WebhookAnswered
from anlan.kernel import clock
from anlan.kernel.announcing import announce
from anlan.kernel.context import system
from anlan.kernel.engine.relay import encode
from anlan.kernel.models import Outbox
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL

from .models import Attempt, Progress, Subscription
from .queries import ADMITTED, head
from .rights import context_of, may_have

PAGE = 200
KEPT_FOR = timedelta(days=30)
#: Of one subscription so many attempts are kept at most, however young.
MOST_KEPT = 50_000


@dataclass(slots=True)
class Note:
    """What has happened with a subscription since the last writing."""

    position: int = 0
    failing_since: datetime | None = None
    tries: int = 0
    error: str = ""
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Events since a position that a subscription asks for; everything up to `upto` was looked at."""

    notices: list[dict[str, Any]]
    upto: int
    more: bool = False


def notice_of(row: Outbox) -> dict[str, Any]:
    """An event of the outbox as the bus would bring it."""
    decoded: dict[str, Any] = msgspec.json.decode(encode(row))
    return decoded


def active() -> list[Subscription]:
    """Subscriptions that send now, each with its progress."""
    rows = Subscription.objects.unscoped("the engine sends for everybody, each by the rights of its own person")
    return list(rows.filter(state="active").select_related("progress"))


def read_page(subjects: Sequence[str], exercises: bool, position: int) -> Page:
    """The next events from the outbox for a subscription that is further behind than memory reaches."""
    last = head()
    wanted = Q()
    for pattern in subjects:
        wanted |= Q(subject__startswith=pattern) if pattern.endswith(".") else Q(subject=pattern)
    rows = Outbox.objects.filter(wanted, position__gt=position, position__lte=last).order_by("position")
    if not exercises:
        rows = rows.filter(world=REAL)
    found = [notice_of(row) for row in rows[:PAGE]]
    more = len(found) == PAGE
    return Page(found, found[-1]["position"] if more else max(last, position), more)


def read_since(position: int, most: int = 1000) -> list[dict[str, Any]]:
    """Everything since a position, to close a gap in what the bus brought."""
    rows = Outbox.objects.filter(position__gt=position).order_by("position")[:most]
    return [notice_of(row) for row in rows]


def write(notes: dict[uuid.UUID, Note]) -> None:
    """Write down positions and attempts. A position never goes back: somebody may have moved it on meanwhile."""
    with transaction.atomic():
        attempts = [attempt for note in notes.values() for attempt in note.attempts]
        Attempt.objects.bulk_create(attempts, batch_size=500)
        with connection.cursor() as cur:
            cur.executemany(
                "UPDATE kernel_progress SET position = greatest(position, %s), failing_since = %s, tries = %s, error = %s"
                " WHERE subscription_id = %s",
                [(n.position, n.failing_since, n.tries, n.error[:300], pk) for pk, n in sorted(notes.items())],
            )


def asked() -> list[Attempt]:
    """Messages that people asked for and that have not been tried."""
    waiting = Attempt.objects.filter(outcome="asked", subscription__state__in=ADMITTED).order_by("id")
    return list(waiting.select_related("subscription")[:100])


def event_for(delivery: Attempt) -> tuple[dict[str, Any] | None, str]:
    """The event to be sent again, when the person behind the subscription may still see it; otherwise why not."""
    row = Outbox.objects.filter(event=delivery.event).first()
    if row is None:
        return None, str(_("这条事件已经不在库里，不能再发"))
    notice = notice_of(row)
    ctx = context_of(delivery.subscription.acts_for)
    if ctx is None or not may_have(ctx, delivery.subscription, notice):
        return None, str(_("登记人已无权看这条事件"))
    return notice, ""


def write_asked(delivery: Attempt) -> None:
    """What became of a message that was asked for; its page is told."""
    record = delivery.subscription
    with transaction.atomic():
        delivery.save(update_fields=["outcome", "at", "took_ms", "lag_ms", "status", "error"])
        announce(
            system("webhooks"), WebhookAnswered(subscription=str(record.pk), delivery=delivery.pk), scope=record.scope,
            shared_with=record.shared_with,
        )  # fmt: skip


def forget_old() -> int:
    """Drop attempts that are kept long enough; returns how many."""
    gone, _kinds = Attempt.objects.filter(at__lt=clock.real_now() - KEPT_FOR).exclude(outcome="asked").delete()
    for pk in Progress.objects.values_list("pk", flat=True):
        mine = Attempt.objects.filter(subscription=pk).order_by("-id")
        edge = mine.values_list("pk", flat=True)[MOST_KEPT : MOST_KEPT + 1].first()
        if edge is not None:
            gone += mine.filter(pk__lte=edge).exclude(outcome="asked").delete()[0]
    return gone
