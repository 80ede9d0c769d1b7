"""What may be asked of circulars: those of a person's scope, one with its receipts, what a person still owes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from anlan.command.models import Circular, CircularReceipt, Incident
from anlan.kernel.context import Context

#: So many circulars of one incident are listed on its page.
MOST_OF_ONE = 50


def circulars(ctx: Context) -> QuerySet[Circular]:
    """Circulars that this person may see, those under way first, then the newest."""
    open_first = Case(When(closed_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    return Circular.objects.visible_to(ctx).order_by(open_first, "-opened_at")


def receipts_of(ctx: Context, circular: Circular) -> list[CircularReceipt]:
    """Receipts that this person may see: who has not read on top, then who has not done, then the others."""
    order = Case(
        When(state="sent", then=Value(0)), When(state="read", then=Value(1)), When(state="reported", then=Value(2)),
        default=Value(3), output_field=IntegerField(),
    )  # fmt: skip
    rows = CircularReceipt.objects.visible_to(ctx).filter(circular=circular)
    return list(rows.select_related("organisation", "circular").order_by(order, "due_at", "organisation_id"))


def of_incident(ctx: Context, incident: Incident) -> list[Circular]:
    """Circulars about an incident that this person may see, the newest first."""
    return list(Circular.objects.visible_to(ctx).filter(incident=incident).order_by("-opened_at", "pk")[:MOST_OF_ONE])


def my_receipts(ctx: Context) -> QuerySet[CircularReceipt]:
    """What this very person has to read or to do."""
    rows = CircularReceipt.objects.visible_to(ctx).filter(
        state__in=("sent", "read"), owner_keys__overlap=sorted(ctx.keys)
    )
    return rows.select_related("circular", "organisation").order_by("due_at")


@dataclass(slots=True)
class ReceiptTally:
    """Counts of receipts: of all units, unread, read and not yet done, done or read where nothing is to be done."""

    total: int = 0
    unread: int = 0
    doing: int = 0
    done: int = 0


def tallies(ctx: Context, rows: Iterable[Circular]) -> dict[UUID, ReceiptTally]:
    """Counts by circular over the receipts that this person may see, in one query."""
    receipts = CircularReceipt.objects.visible_to(ctx).filter(circular__in=[c.pk for c in rows]).order_by()
    counted = receipts.exclude(state="withdrawn").values("circular_id").annotate(
        total=Count("pk"), unread=Count("pk", filter=Q(state="sent")), doing=Count("pk", filter=Q(state__in=("read", "reported"))),
        done=Count("pk", filter=Q(state__in=("noted", "done"))),
    )  # fmt: skip
    return {row.pop("circular_id"): ReceiptTally(**row) for row in counted}
