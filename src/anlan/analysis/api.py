"""The API of analysis: signals and regional figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from anlan.kernel.errors import NotFound
from anlan.places.queries import region as region_of

from . import queries
from .models import Signal

router = Router()


class SignalOut(Schema):
    """`level` is blue…red for warning standards and IV…I for responses; null figures are unknown."""

    id: UUID
    criterion: str
    scheme: str
    hazard: str
    station: str
    level: str
    peak: str
    state: str
    text: str
    value: float | None
    unit: str
    clause: str
    suggested: bool
    since: datetime
    at: datetime
    due_at: datetime | None
    trace: list[dict[str, Any]]


class FiguresOut(Schema):
    """`figures`: by name, the largest value and the profile of (value, percent of area); see docs of the event."""

    region: str
    at: datetime
    figures: dict[str, Any]
    obtained: float


def _shown(s: Signal) -> dict[str, Any]:
    names = (
        "id", "criterion", "scheme", "hazard", "level", "peak", "state", "text", "value", "unit", "clause", "suggested", "since",
        "at", "due_at", "trace",
    )  # fmt: skip
    return {name: getattr(s, name) for name in names} | {"station": s.station_id}


@router.get("/signals", response=list[SignalOut], summary="Signals, the latest first")
def get_signals(request: HttpRequest, ended: bool = False, limit: int = 100) -> list[dict[str, Any]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    rows = queries.ended_signals(ctx) if ended else queries.open_signals(ctx)
    return [_shown(s) for s in rows[: max(1, min(limit, 500))]]


@router.get("/signals/{signal}", response=SignalOut, summary="One signal")
def get_signal(request: HttpRequest, signal: UUID) -> dict[str, Any]:
    return _shown(Signal.objects.get_visible(request.ctx, pk=signal))  # type: ignore[attr-defined]


@router.get("/figures/{region}", response=FiguresOut, summary="Rain over a region's area by nearest gauge")
def get_figures(request: HttpRequest, region: str, at: datetime | None = None) -> dict[str, Any]:
    place = region_of(region)
    found = queries.figures(request.ctx, place, at)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return {"region": place.short_code, "at": found.at, "figures": found.figures, "obtained": found.obtained}
