"""Incidents as lists: open ones, all by filters, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db.models import Q, QuerySet

from anlan.command.models import Followup, Incident, Report, ReportClock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ledgers import ledger_of
from anlan.registry.queries import Near, nearest

PAGE = 50
FORMS = ("phone", "direct_report", "system", "written")


def open_incidents(ctx: Context) -> QuerySet[Incident]:
    """Incidents that are not at an end, the newest first."""
    return Incident.objects.visible_to(ctx).open().select_related("region").order_by("-received_at", "-id")


def incident(ctx: Context, pk: Any) -> Incident:
    """One incident. Raises NotFound."""
    found: Incident = Incident.objects.select_related("region", "merged_into").get_visible(ctx, pk=pk)
    return found


@dataclass(frozen=True)
class IncidentPage:
    """One page of a list; `before` is the address of the next one, empty at the end."""

    rows: list[Incident]
    before: str


def incident_page(ctx: Context, filters: Mapping[str, str], *, limit: int = PAGE) -> IncidentPage:
    """Incidents by filters, newest first, by key and not by count, so that the thousandth page costs what the first does.

    Filters: ``state`` (open, all or a state), ``grade``, ``kind``, ``region`` (code), ``q`` (number, title, words), ``day``
    (YYYY-MM-DD), ``before`` (from the page before). Raises BadInput.
    """
    rows = Incident.objects.visible_to(ctx).select_related("region").defer("intake", "grading", "text")
    state = filters.get("state") or "open"
    if state == "open":
        rows = rows.open()
    elif state in {s.name for s in Incident.loop.states}:
        rows = rows.filter(state=state)
    if grade := filters.get("grade"):
        rows = rows.filter(grade="" if grade == "none" else grade)
    if kind := filters.get("kind"):
        rows = rows.filter(kind=kind)
    if code := filters.get("region"):
        rows = rows.filter(region__code__startswith=code.rstrip("0") or code)
    if day := filters.get("day"):
        rows = rows.filter(number__contains=f"-{day.replace('-', '')}-")
    if words := filters.get("q", "").strip():
        rows = rows.filter(Q(number__icontains=words) | Q(title__icontains=words) | Q(text__icontains=words))
    if before := filters.get("before"):
        at, pk = _key(before)
        rows = rows.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=pk), received_at__lte=at)
    found = list(rows.order_by("-received_at", "-id")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return IncidentPage(found[:limit], f"{last.received_at.isoformat()}_{last.pk}" if last else "")


def _key(text: str) -> tuple[datetime, UUID]:
    at, _sep, pk = text.replace(" ", "+").partition("_")
    try:
        return datetime.fromisoformat(at), UUID(pk)
    except ValueError:
        raise BadInput("before", field="before") from None


def clocks_of(ctx: Context, found: Incident, *, running: bool = False) -> list[ReportClock]:
    """Clocks of an incident that the person may see, what is owed first."""
    rows = ReportClock.objects.visible_to(ctx).filter(incident=found).order_by("closed_at", "legal_at", "recipient")
    return list(rows.open() if running else rows.exclude(state="superseded"))


def reports_of(ctx: Context, found: Incident) -> list[Report]:
    return list(Report.objects.visible_to(ctx).filter(incident=found).order_by("opened_at"))


def followups_of(ctx: Context, found: Incident) -> list[Followup]:
    """What arrived later, oldest first; whoever sees the incident sees what came before it was shared with them."""
    seen = Incident.objects.visible_to(ctx).filter(pk=found.pk).order_by().values("pk")
    return list(Followup.objects.in_world(ctx).filter(incident__in=seen).order_by("at"))


def nearby(ctx: Context, position: Point | None, radii: Sequence[float]) -> list[dict[str, Any]]:
    """What the base database has within each of `radii` (km): ``[{"km", "groups": [{"title", "count", "items"}]}]`` with items
    ``{name, url, metres}``, nearest first, at most five of a kind."""
    if position is None:
        return []
    found = [(n, {"name": n.name, "url": n.url, "metres": n.metres}) for n in nearest(ctx, position, max(radii))]
    return [{"km": km, "groups": _groups([one for one in found if one[0].metres <= 1000 * km])} for km in radii]


def _groups(found: list[tuple[Near, dict[str, Any]]]) -> list[dict[str, Any]]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for near, shown in found:
        kinds.setdefault(near.ledger, []).append(shown)
    return [
        {
            "title": str(ledger_of(key).title),
            "count": len(rows),
            "items": rows[:5],
        }
        for key, rows in kinds.items()
    ]
