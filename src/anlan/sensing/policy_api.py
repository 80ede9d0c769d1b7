"""The API of what is decided about stations and readings: retention, bound accounts, calibration, standing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from anlan.kernel.web.schemas import TROUBLES

from . import queries, services

policies = Router()


class RetentionOut(Schema):
    property: str
    raw_days: int | None
    chosen: bool
    reason: str
    thinned_before: datetime | None


class RetentionIn(Schema):
    """`raw_days` null: for ever."""

    raw_days: int | None
    reason: str


class FeederIn(Schema):
    """`key`: ``person:…``, ``post:…`` or ``org:…``; no stations: the account is bound to none and reports as its posts allow."""

    key: str
    stations: list[str]


class CalibrationIn(Schema):
    since: date
    factor: float = 1.0
    offset: float = 0.0
    note: str = ""


class StandingIn(Schema):
    standing: Literal["trusted", "doubtful", "maintained"]
    note: str = ""


class DatastreamOut(Schema):
    station: str
    property: str
    calibration: list[dict[str, Any]]
    calibrated_on: date | None
    standing: str
    standing_note: str


@policies.get("/retention", response={200: list[RetentionOut], **TROUBLES}, summary="How long single readings are held")
def get_retention(request: HttpRequest) -> list[dict[str, Any]]:
    return queries.retention(request.ctx)  # type: ignore[attr-defined]


@policies.put("/retention/{property}", response={200: RetentionOut, **TROUBLES}, summary="Hold single readings so long")
def put_retention(request: HttpRequest, property: str, given: RetentionIn) -> Any:
    row = services.set_retention(request.ctx, property=property, raw_days=given.raw_days, reason=given.reason)  # type: ignore[attr-defined]
    return {"property": row.pk, **{n: getattr(row, n) for n in ("raw_days", "chosen", "reason", "thinned_before")}}


@policies.put(
    "/feeders", response={200: list[str], **TROUBLES}, summary="Who may report for these stations and no other"
)
def put_feeder(request: HttpRequest, given: FeederIn) -> list[str]:
    return services.bind_feeder(request.ctx, key=given.key, stations=given.stations)  # type: ignore[attr-defined]


@policies.put(
    "/stations/{code}/{property}/calibration",
    response={200: DatastreamOut, **TROUBLES},
    summary="Calibrate an instrument",
)
def put_calibration(request: HttpRequest, code: str, property: str, given: CalibrationIn) -> Any:
    stream = services.calibrate(request.ctx, station=code, property=property, **given.dict())  # type: ignore[attr-defined]
    return _shown(stream)


@policies.put(
    "/stations/{code}/{property}/standing",
    response={200: DatastreamOut, **TROUBLES},
    summary="Say how far readings are trusted",
)
def put_standing(request: HttpRequest, code: str, property: str, given: StandingIn) -> Any:
    stream = services.set_standing(request.ctx, station=code, property=property, **given.dict())  # type: ignore[attr-defined]
    return _shown(stream)


def _shown(stream: Any) -> dict[str, Any]:
    names = ("property", "calibration", "calibrated_on", "standing", "standing_note")
    return {"station": stream.thing_id, **{name: getattr(stream, name) for name in names}}
