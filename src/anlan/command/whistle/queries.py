"""Whistles that a person may see, and how the departments answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, Q

from anlan.command.models import Whistle, WhistleCall
from anlan.kernel.context import Context

#: So many that are over are listed.
MOST_ENDED = 50


def whistles(ctx: Context) -> Any:
    return Whistle.objects.visible_to(ctx).select_related("region", "organisation", "incident")


def whistle(ctx: Context, pk: UUID | str) -> Whistle:
    """Raises NotFound."""
    found: Whistle = Whistle.objects.select_related("region", "organisation", "incident").get_visible(ctx, pk=pk)
    return found


def calls_of(ctx: Context, found: Whistle) -> list[WhistleCall]:
    """The silent first, then those under way, those that are over last."""
    return calls_of_each(ctx, [found])[found.pk]


def calls_of_each(ctx: Context, rows: Sequence[Whistle]) -> dict[UUID, list[WhistleCall]]:
    """As `calls_of`, of several in one query."""
    order = {name: i for i, name in enumerate(("called", "disputed", "coming", "present", "answered"))}
    calls = WhistleCall.objects.visible_to(ctx).filter(whistle__in=[w.pk for w in rows])
    found: dict[UUID, list[WhistleCall]] = {w.pk: [] for w in rows}
    for call in calls.select_related("organisation", "whistle", "came_from__organisation"):
        found[call.whistle_id].append(call)
    for some in found.values():
        some.sort(key=lambda c: (order.get(c.state, 9), c.due_at or c.opened_at, c.organisation_id))
    return found


def counted(ctx: Context, rows: list[Whistle]) -> list[dict[str, Any]]:
    """Each whistle with how many departments were called, came, and are done; one query for all. `silent`: names of those that have
    not answered."""
    found: dict[Any, dict[str, Any]] = {
        w.pk: {"row": w, "called": 0, "arrived": 0, "done": 0, "silent": [], "due": None} for w in rows
    }
    calls = WhistleCall.objects.visible_to(ctx).filter(whistle__in=found).select_related("organisation")
    now = ctx.now()
    for call in calls.exclude(state__in=("transferred", "withdrawn")).order_by("due_at"):
        one = found[call.whistle_id]
        one["called"] += 1
        one["arrived"] += call.arrived_at is not None
        one["done"] += not call.is_open
        if call.state == "called":
            one["silent"].append(str(call.organisation))
        if call.is_open and one["due"] is None:
            one["due"] = call.due_at
        one["late"] = one.get("late", False) or call.is_late(now)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Record:
    """How one department answered within a time: counts; minutes are means (None without any)."""

    code: str
    name: str
    called: int
    on_time: int
    late: int
    refused: int
    closed: int
    satisfied: int
    returned: int
    response_min: float | None
    arrival_min: float | None
    closing_min: float | None


def statistics(ctx: Context, since: datetime, until: datetime) -> list[Record]:
    """One record for each department that was called in [since, until), the most called first. Late counts who came after the time
    in force and who has not come although it has passed; a call that was handed on counts for the department that refused it."""
    arrived, now = Q(arrived_at__isnull=False), ctx.now()
    rows = (
        WhistleCall.objects.visible_to(ctx)
        .filter(opened_at__gte=since, opened_at__lt=until)
        .order_by()
        .values("organisation_id", "organisation__short_name", "organisation__name")
        .annotate(
            called=Count("pk"),
            on_time=Count("pk", filter=arrived & Q(arrived_late=False)),
            late=Count(
                "pk", filter=arrived & Q(arrived_late=True) | Q(state__in=("called", "coming"), report_due_at__lt=now)
            ),
            refused=Count("pk", filter=Q(disputes__gt=0)),
            closed=Count("pk", filter=Q(state="closed")),
            satisfied=Count("pk", filter=Q(state="closed", grade="satisfied")),
            returned=Count("pk", filter=Q(returned__gt=0)),
            response=Avg(F("responded_at") - F("opened_at")),
            arrival=Avg(F("arrived_at") - F("opened_at")),
            closing=Avg(F("closed_at") - F("opened_at"), filter=Q(state="closed")),
        )
    )
    found = [
        Record(
            code=r["organisation_id"], name=r["organisation__short_name"] or r["organisation__name"],
            response_min=_minutes(r["response"]), arrival_min=_minutes(r["arrival"]), closing_min=_minutes(r["closing"]),
            **{k: r[k] for k in ("called", "on_time", "late", "refused", "closed", "satisfied", "returned")},
        )
        for r in rows
    ]  # fmt: skip
    return sorted(found, key=lambda r: (-r.called, r.code))


def _minutes(span: timedelta | None) -> float | None:
    return None if span is None else round(span / timedelta(minutes=1), 1)
