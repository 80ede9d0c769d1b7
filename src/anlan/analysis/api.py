"""The API of analysis: signals and regional figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from anlan.kernel.errors import NotAllowed, NotFound
from anlan.kernel.texts import whole
from anlan.places.queries import region as region_of

from . import obtaining, quality, queries, services
from .criteria_api import router as criteria
from .data.device_watch import device_watch
from .models import Signal, SignalEvent

router = Router()
router.add_router("/criteria", criteria)


class SignalOut(Schema):
    """`level` is blue…red for warning standards and IV…I for responses, silent or partial for devices; null figures are unknown.

    `place` is ``station:…``, ``region:…`` or ``device:…``; `station` is empty for a region. `verified`: supported, doubtful, undecided,
    confirmed, or empty when nobody was asked; `verification` says what the neighbours showed, `proof` which readings prove it.
    """

    id: UUID
    criterion: str
    version: str
    scheme: str
    hazard: str
    station: str
    place: str
    event: UUID | None
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
    proof: dict[str, Any]
    verified: str
    verification: dict[str, Any]


class EventOut(Schema):
    """Signals of one hazard in one county. `course`: ``[time, level, stations, rank, [stations of rank 1, 2, 3, 4]]``, the newest last;
    `known_by` acknowledged it up to `known_rank`."""

    id: UUID
    scheme: str
    hazard: str
    place: str
    level: str
    peak: str
    text: str
    standing: int
    places: int
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    known_rank: int | None
    known_by: str
    course: list[Any]
    signals: list[UUID] = []


class AcknowledgeIn(Schema):
    note: str = ""


class QualityOut(Schema):
    """One criterion in one version. Percent and minutes; null is unknown. `small`: too few were judged by people to tell."""

    criterion: str
    zh: str
    version: str
    raised: int
    confirmed: int
    false: int
    supported: int
    doubtful: int
    precision: float | None
    small: bool
    lead_min: float | None
    led: int
    missed: int
    open_h: float | None
    seen_min: float | None


class DeviceOut(Schema):
    station: str
    property: str
    pct: float
    expected: int
    enough: bool


class CountyOut(Schema):
    name: str
    pct: float
    devices: int
    short: int
    enough: bool


class ObtainedOut(Schema):
    """Percent of the readings that should have come in the last `hours`; `total` is null when nothing is expected."""

    hours: float
    least_pct: float
    total: float | None
    counties: list[CountyOut]
    devices: list[DeviceOut]


class FiguresOut(Schema):
    """`figures`: by name, the largest value and the profile of (value, percent of area); see docs of the event."""

    region: str
    at: datetime
    figures: dict[str, Any]
    obtained: float


def _shown(s: Signal) -> dict[str, Any]:
    names = (
        "id", "criterion", "scheme", "hazard", "level", "peak", "state", "text", "value", "unit", "clause", "suggested", "since",
        "at", "due_at", "trace", "version", "proof", "verified", "verification",
    )  # fmt: skip
    own = {"station": s.station_id or "", "place": s.place_key, "event": s.event_id}
    return {name: getattr(s, name) for name in names} | own


@router.get("/signals", response=list[SignalOut], summary="Signals, the latest first")
def get_signals(request: HttpRequest, ended: bool = False, limit: int = 100) -> list[dict[str, Any]]:
    ctx = request.ctx  # type: ignore[attr-defined]
    rows = queries.ended_signals(ctx) if ended else queries.open_signals(ctx)
    return [_shown(s) for s in rows[: max(1, min(limit, 500))]]


@router.get("/signals/{signal}", response=SignalOut, summary="One signal")
def get_signal(request: HttpRequest, signal: UUID) -> dict[str, Any]:
    return _shown(Signal.objects.get_visible(request.ctx, pk=signal))  # type: ignore[attr-defined]


@router.get("/events", response=list[EventOut], summary="Signal events, the most severe first")
def get_events(request: HttpRequest, ended: bool = False, limit: int = 100) -> list[Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    rows = queries.ended_events(ctx) if ended else queries.open_events(ctx)
    return [_with_signals(request, e) for e in rows[: max(1, min(limit, 500))]]


@router.post("/events/{event}/acknowledge", response=EventOut, summary="Acknowledge all signals of an event at once")
def post_acknowledge(request: HttpRequest, event: UUID, body: AcknowledgeIn) -> Any:
    ctx = request.ctx  # type: ignore[attr-defined]
    found = SignalEvent.objects.get_visible(ctx, pk=event)
    services.acknowledge_event(ctx, event=found, note=whole(body.note, 500, "note"))
    return _with_signals(request, SignalEvent.objects.get_visible(ctx, pk=event))


def _with_signals(request: HttpRequest, event: SignalEvent) -> Any:
    rows = queries.open_signals(request.ctx).filter(event=event)  # type: ignore[attr-defined]
    shown = {name: getattr(event, name) for name in EventOut.model_fields if name != "signals"}
    return shown | {"signals": list(rows.values_list("pk", flat=True))}


@router.get("/quality", response=list[QualityOut], summary="How good each criterion was over the last days")
def get_quality(request: HttpRequest, days: int = 365) -> list[quality.Quality]:
    ctx = request.ctx  # type: ignore[attr-defined]
    if not ctx.paths("analysis.signal.view"):
        raise NotAllowed(permission="analysis.signal.view")
    now = ctx.now()
    return quality.quality(ctx, now - timedelta(days=max(1, min(days, 3650))), now)


@router.get(
    "/obtained", response=ObtainedOut, summary="What came of the readings that should have come, by device and county"
)
def get_obtained(request: HttpRequest) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    if not ctx.paths("sensing.station.view"):
        raise NotAllowed(permission="sensing.station.view")
    found, watch = obtaining.obtained(ctx), device_watch()
    devices = [
        {
            "station": d.stream.thing_id, "property": d.stream.property, "pct": d.pct, "expected": d.expected,
            "enough": d.enough,
        }
        for d in found.devices
    ]  # fmt: skip
    return {
        "hours": watch.obtained_h, "least_pct": watch.obtained_pct, "total": found.total, "counties": found.counties,
        "devices": devices,
    }  # fmt: skip


@router.get("/figures/{region}", response=FiguresOut, summary="Rain over a region's area by nearest gauge")
def get_figures(request: HttpRequest, region: str, at: datetime | None = None) -> dict[str, Any]:
    place = region_of(region)
    found = queries.figures(request.ctx, place, at)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return {"region": place.short_code, "at": found.at, "figures": found.figures, "obtained": found.obtained}
