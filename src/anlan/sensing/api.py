"""The API of sensing: readings in, series out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from ninja import Router, Schema

from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.web.schemas import TROUBLES

from . import queries, services
from .gathering import gathering
from .policy_api import policies
from .properties import properties

router = Router()
router.add_router("", policies)


#: The largest body that is read: far more than 20,000 readings need.
MAX_BODY = 8 * 1024 * 1024
MOST_HOURS = timedelta(days=7)
_BATCH_IN = {
    "type": "object",
    "required": ["readings"],
    "properties": {
        "readings": {
            "type": "array",
            "maxItems": services.MAX_BATCH,
            "items": {
                "type": "object",
                "description": "Judged row by row, so every field is taken as it comes.",
                "properties": {
                    "station": {"type": "string"}, "time": {"type": "string", "format": "date-time"},
                    "value": {"type": ["number", "null"]}, "property": {"type": "string", "default": "rain_mm"},
                    "unit": {"type": "string"},
                },
            },
        }
    },
}  # fmt: skip


class TooLarge(Refused):
    status = 413
    code = "too_large"


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


class HourOfStation(Schema):
    station: str
    value: float | None
    least: float | None
    most: float | None
    readings: int


class HourOut(Schema):
    hour: datetime
    stations: list[HourOfStation]


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


@router.post(
    "/observations",
    response={200: BatchOut, **TROUBLES},
    summary="Readings; the bad ones are named, the good ones go in",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _BATCH_IN}}}},
)
def post_observations(request: HttpRequest) -> dict[str, Any]:
    """At most 20,000 readings and 8 MB a request. Sent again, nothing is stored twice: repeat until there is an answer."""
    rows = rows_of(_body(request))
    return gathering.submit(services.Batch(request.ctx, rows, source="api"))  # type: ignore[attr-defined]


def _body(request: HttpRequest) -> bytes:
    """The body, bounded before it is read and whatever length it claims."""
    claimed = request.headers.get("Content-Length") or "0"
    body = b"" if claimed.isdigit() and int(claimed) > MAX_BODY else request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY or (not body and claimed.isdigit() and int(claimed) > MAX_BODY):
        raise TooLarge(
            _("一次最多收 %(mb)d MB") % {"mb": MAX_BODY // 2**20},
            mend=_("请分批报送，每批不超过 %(n)d 条") % {"n": services.MAX_BATCH},
        )
    return body


def rows_of(body: bytes) -> list[Any]:
    """The rows of a body ``{"readings": […]}``. Raises BadInput."""
    try:
        try:
            given = msgspec.json.decode(body)
        except msgspec.DecodeError:
            # NaN and the like are no JSON, but programs write them: the row that bears one is refused, not its neighbours.
            given = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput(_("正文不是 JSON"), mend=_("请写成 {readings: [{station, time, value}, …]} 的样子")) from None
    rows = given.get("readings") if isinstance(given, dict) else None
    if not isinstance(rows, list):
        raise BadInput(
            _("没有 readings 这一列读数"),
            field="readings",
            mend=_("请写成 {readings: [{station, time, value}, …]} 的样子"),
        )
    return [{k: v for k, v in row.items() if v is not None} if isinstance(row, dict) else row for row in rows]


@router.get("/observations", response=SeriesOut, summary="The series of one station")
def get_observations(
    request: HttpRequest,
    station: str,
    property: str = "rain_mm",
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    ctx = request.ctx  # type: ignore[attr-defined]
    if any(at is not None and is_naive(at) for at in (since, until)):
        raise BadInput(_("时间没有时区"), mend=_("请带上时区偏移，例如 +08:00"))
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


@router.get(
    "/hours", response={200: list[HourOut], **TROUBLES}, summary="What all visible stations measured, hour by hour"
)
def get_hours(
    request: HttpRequest, since: datetime, until: datetime, property: str = "rain_mm"
) -> list[dict[str, Any]]:
    """Hours that end after `since` and not after `until`, at most seven days. `value`: the sum of amounts, the mean of states."""
    if is_naive(since) or is_naive(until):
        raise BadInput(_("时间没有时区"), mend=_("请带上时区偏移，例如 +08:00"))
    if until - since > MOST_HOURS:
        raise BadInput(_("一次最多查 7 天"), field="since", mend=_("请分段查询"))
    known = properties().get(property)
    if known is None:
        raise BadInput(_("没有“%(name)s”这种观测量") % {"name": property[:40]}, field="property")
    names = ("station", "value", "least", "most", "readings")
    found = queries.hourly(request.ctx, known.id, since, until)  # type: ignore[attr-defined]
    return [
        {"hour": hour, "stations": [dict(zip(names, row, strict=True)) for row in rows]} for hour, rows in found.items()
    ]


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
