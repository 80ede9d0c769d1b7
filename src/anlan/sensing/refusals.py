"""Readings that were refused, counted by who sent them and what there is to mend: for whoever looks after the platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from anlan.kernel.context import Context
from anlan.kernel.health.probing import SCOPE

from .models import RejectedReading


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refused readings of one source with one remedy; `reason` and `at` are those of the newest."""

    source: str
    mend: str
    count: int
    reason: str
    at: datetime


def refusals(ctx: Context, since: datetime, most: int = 20) -> list[Refusals]:
    """Refused since an instant, as far as this person may see them, the most frequent first."""
    rows = RejectedReading.objects.visible_to(ctx).filter(at__gte=since).exclude(scope=SCOPE)
    found = list(rows.values("source", "mend").annotate(n=Count("pk"), last=Max("at")).order_by("-n")[:most])
    out = []
    for one in found:
        newest = (
            rows.filter(source=one["source"], mend=one["mend"]).order_by("-at").values_list("reason", flat=True).first()
        )
        out.append(Refusals(one["source"], one["mend"], one["n"], newest or "", one["last"]))
    return out
