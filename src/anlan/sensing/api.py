"""The API of sensing: readings in, series out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from anlan.kernel.errors import BadInput

from . import queries, services
from .properties import properties

router = Router()


class ReadingIn(Schema):
    """One reading; judged row by row, so every field is taken as it comes."""

    station: Any = None
    time: Any = None
    value: Any = None
    property: str | None = None
    unit: str | None = None


class BatchIn(Schema):
    readings: list[ReadingIn]


class RejectedOut(Schema):
    index: int
    reason: str
    mend: str


class BatchOut(Schema):
    accepted: int
    duplicates: int
    corrected: int
    rejected: list[RejectedOut]


class PointOut(Schema):
    time: datetime
    value: float | None


class SeriesOut(Schema):
    station: str
    property: str
    unit: str
    period_s: int
    points: list[PointOut]


class StationOut(Schema):
    code: str
    name: str
    lon: float | None
    lat: float | None
    accuracy_m: int | None
    value: float | None
    time: datetime | None
    unit: str | None


class SilentOut(Schema):
    station: str
    property: str
    last: datetime | None
    interval_s: int


@router.post("/observations", response=BatchOut, summary="Readings; the bad ones are named, the good ones go in")
def post_observations(request: HttpRequest, batch: BatchIn) -> dict[str, Any]:
    return services.accept_readings(request.ctx, [r.dict(exclude_none=True) for r in batch.readings], source="api")  # type: ignore[attr-defined]


@router.get("/observations", response=SeriesOut, summary="The series of one station")
def get_observations(
    request: HttpRequest,
    station: str,
    property: str = "rain_mm",
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    thing = queries.station(ctx, station)
    known = properties().get(property)
    streams = [s for s in queries.datastreams(ctx, [thing.pk]) if known and s.property == known.id]
    if not streams:
        raise BadInput(f"{station}: {property}", field="property")
    until = until or ctx.now()
    rows = queries.series(ctx, streams, since=since or until - timedelta(days=2), until=until)
    points = [{"time": at, "value": value} for at, value in rows.get(streams[0].pk, [])]
    return {
        "station": thing.pk,
        "property": streams[0].property,
        "unit": streams[0].unit,
        "period_s": streams[0].period_s,
        "points": points,
    }


@router.get("/stations", response=list[StationOut], summary="Stations with their newest rain reading")
def get_stations(request: HttpRequest) -> list[dict[str, Any]]:
    rows: Iterable[Any] = queries.stations_with_latest(request.ctx)  # type: ignore[attr-defined]
    return [
        {
            "code": t.pk, "name": t.name, "lon": t.position.x if t.position else None, "lat": t.position.y if t.position else None,
            "accuracy_m": t.accuracy_m, "value": t.value, "time": t.value_at, "unit": t.value_unit,
        }
        for t in rows
    ]  # fmt: skip


@router.get("/silent", response=list[SilentOut], summary="Devices whose expected reading has not come")
def get_silent(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"station": s.stream.thing_id, "property": s.stream.property, "last": s.last, "interval_s": s.stream.interval_s}
        for s in queries.silent_devices(request.ctx)  # type: ignore[attr-defined]
    ]
