"""Pages of stations: all of them as a ledger, and one with everything that it measures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anlan.kernel.context import Context
from anlan.kernel.spreadsheet import Column, write_csv
from anlan.kernel.web.maps import moment_of
from anlan.places.web import need, signed_in
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from .. import queries
from ..book.in_force import criteria_in_force, resolve
from ..models import Maintenance
from ..numerics.rain import WINDOWS_H
from ..stations.chart import chart_of
from ..stations.course import RANGES, Stretch, stretch
from ..stations.lines import drawn, levels_for, windows_of
from ..stations.listing import StationListing, exported
from ..stations.naming import name_of
from ..stations.neighbours import nearest
from .showing import context, signal_row

#: Rows of readings on the page; all of them are in the spreadsheet.
READINGS_SHOWN = 300


@require_GET
@need("sensing.station.view")
def stations(request: HttpRequest) -> HttpResponse:
    """The ledger of stations: newest value, age, sums, what is silent, what stands at a level."""
    ctx = context(request)
    asked = StationListing.read(request.GET)
    may_see_rejected = bool(ctx.paths("sensing.rejected.view"))
    shown = {**asked.page(ctx), "rejected": sensing.rejected(ctx, 20) if may_see_rejected else []}
    return render(request, "analysis/stations.html", shown)


@require_GET
@need("sensing.station.view")
def stations_sheet(request: HttpRequest) -> HttpResponse:
    """The rows of the present search as a spreadsheet."""
    ctx = context(request)
    return _file(exported(ctx, StationListing.read(request.GET)), _("测站") + ".csv")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of a station's courses is looked at. `until` None: up to now, or to the last reading when that is long ago."""

    stream: Datastream | None
    range: str
    until: datetime | None
    window_s: int

    def address(self, **changes: Any) -> str:
        given: dict[str, Any] = {
            "stream": self.stream.property if self.stream else "", "range": self.range, "w": self.window_s or "",
            "until": self.until.isoformat() if self.until else "", **changes,
        }  # fmt: skip
        return f"?{urlencode({name: value for name, value in given.items() if value != ''})}"


@require_GET
@signed_in
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One station: the course of each thing that it measures with the levels that apply, its neighbours, its signals."""
    ctx = context(request)
    thing = sensing.station(ctx, code)
    streams = sensing.datastreams(ctx, [thing.pk])
    asked = _asked(request, streams)
    newest = sensing.newest_readings(ctx, streams)
    shown: dict[str, Any] = {
        "station": thing, "streams": _stream_tabs(asked, streams, newest), "asked": asked,
        "signals": [signal_row(ctx, s) for s in queries.signals_of(ctx, thing)[:20]],
        "silent": next((s for s in _silent(ctx, streams, newest)), None),
        "may_see_settings": ctx.may("analysis.criteria.view", thing.scope),
        "maintenance": Maintenance.objects.visible_to(ctx).filter(station=thing, until__gt=ctx.now()).order_by("since")[:5],
    }  # fmt: skip
    if asked.stream is not None:
        shown |= _course(ctx, thing, asked, newest)
    return render(request, "analysis/station.html", shown)


@require_GET
@signed_in
def readings_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The readings of the stretch that is looked at, as a spreadsheet."""
    ctx = context(request)
    thing = sensing.station(ctx, code)
    streams = sensing.datastreams(ctx, [thing.pk])
    asked = _asked(request, streams)
    if asked.stream is None:
        return _file(write_csv(_sheet_columns(""), []), f"{thing.name}.csv")
    since, until, _late = _bounds(ctx, asked, sensing.newest_readings(ctx, streams))
    rows = sensing.series(ctx, [asked.stream], since=since, until=until).get(asked.stream.pk, [])
    content = write_csv(
        _sheet_columns(asked.stream.unit),
        (
            {"time": at, "station": thing.pk, "property": asked.stream.property, "value": value}
            for at, value in rows
        ),
    )  # fmt: skip
    return _file(content, f"{thing.name} {name_of(asked.stream)} {since:%Y%m%d}-{until:%Y%m%d}.csv")


def _asked(request: HttpRequest, streams: list[Datastream]) -> Asked:
    given = request.GET
    stream = next((s for s in streams if s.property == given.get("stream")), streams[0] if streams else None)
    window = given.get("w", "")
    seconds = int(window) if window.isascii() and window.isdigit() and len(window) < 8 else 0
    # Older links name the window in hours.
    seconds = seconds * 3600 if 0 < seconds <= 24 else seconds
    chosen = given.get("range", "")
    return Asked(stream, chosen if chosen in RANGES else "24h", moment_of(given.get("until")), seconds)


def _bounds(
    ctx: Context, asked: Asked, newest: dict[int, tuple[datetime, float | None]]
) -> tuple[datetime, datetime, bool]:
    """Since, until, and whether the stretch ends at the last reading because nothing has come since."""
    length = RANGES[asked.range]
    now = ctx.now()
    until = min(asked.until, now) if asked.until else now
    last = newest.get(asked.stream.pk, (None, None))[0] if asked.stream else None
    late = asked.until is None and last is not None and last <= now - length
    if late and last is not None:
        until = last
    return until - length, until, late


def _course(
    ctx: Context, thing: Thing, asked: Asked, newest: dict[int, tuple[datetime, float | None]]
) -> dict[str, Any]:
    stream = asked.stream
    assert stream is not None
    since, until, late = _bounds(ctx, asked, newest)
    book = criteria_in_force(ctx.world)
    adds_up = stream.period_s > 0
    levels = levels_for(resolve(book, thing), stream.property, book.own(thing.pk), adds_up=adds_up)
    windows = windows_of(levels, WINDOWS_H) if adds_up else []
    window_s = (asked.window_s if asked.window_s in windows else 3 * 3600) if adds_up else 0
    window = timedelta(seconds=window_s) if adds_up else None
    found = stretch(ctx, stream, since, until, lead=window or timedelta(0))
    # Sums of days are no sums of hours: only the standard of 24 hours may be held against them.
    comparable = not adds_up or found.step != "day" or window_s == 86400
    lines = drawn(levels, window_s, adds_up=adds_up) if comparable else []
    signals = queries.signals_of(ctx, thing).filter(at__gte=since, since__lte=until)[:20]
    corrections = sensing.corrections_of(ctx, [stream], since=since)
    last = newest.get(stream.pk)
    return {
        "stream": stream,
        "name": name_of(stream),
        "late": late,
        "latest": last,
        "stretch": found,
        "chart": chart_of(found, name_of(stream), lines, signals, window),
        "lines": lines,
        "levels": [row for row in levels if not adds_up or row["window_s"] == window_s or row["value"] is None],
        "sums": queries.station_sums(ctx, [stream]).get(thing.pk, {}) if stream.property == sensing.RAIN else {},
        "ranges": [
            {"label": label, "url": asked.address(range=key), "active": key == asked.range}
            for key, label in _range_labels()
        ],
        "windows": [
            {"label": _window_label(s), "url": asked.address(w=s), "active": s == window_s} for s in windows
        ],
        "earlier": asked.address(until=since.isoformat()),
        "later": asked.address(until=(until + RANGES[asked.range]).isoformat()) if asked.until else "",
        "now_url": asked.address(until=""),
        "table": _table(found, {c["phenomenon_time"]: c for c in corrections}),
        "corrections": corrections,
        "around": nearest(ctx, thing, stream),
        "sheet": f"readings.csv{asked.address()}",
    }  # fmt: skip


def _table(found: Stretch, corrected: dict[datetime, dict[str, Any]]) -> dict[str, Any]:
    """The newest readings first, each with what is said of it; the rest is counted."""
    due = found.due_in_step
    rows = [
        {
            "point": point, "day": point.at - timedelta(hours=12), "due": due, "corrected": point.at in corrected,
            "was": corrected[point.at]["before"] if point.at in corrected else None,
            "short": found.adds_up and point.n < due,
        }
        for point in reversed(found.points[-READINGS_SHOWN:])
    ]  # fmt: skip
    return {"rows": rows, "more": max(0, len(found.points) - READINGS_SHOWN), "all": len(found.points)}


def _stream_tabs(
    asked: Asked, streams: list[Datastream], newest: dict[int, tuple[datetime, float | None]]
) -> list[dict[str, Any]]:
    found = []
    for stream in streams:
        value = newest.get(stream.pk, (None, None))[1]
        said = f"{value:g} {stream.unit}" if value is not None else None
        active = asked.stream is not None and stream.pk == asked.stream.pk
        found.append({
            "label": name_of(stream), "url": asked.address(stream=stream.property, w=""), "active": active, "count": said,
        })  # fmt: skip
    return found


def _silent(
    ctx: Context, streams: list[Datastream], newest: dict[int, tuple[datetime, float | None]]
) -> list[Datastream]:
    """Streams of the station whose next reading is overdue."""
    now = ctx.now()
    return [
        s for s in streams
        if s.interval_s <= sensing.UNSCHEDULED_S
        and (s.pk not in newest or now - newest[s.pk][0] > timedelta(seconds=s.interval_s * sensing.PATIENCE))
    ]  # fmt: skip


def _range_labels() -> list[tuple[str, str]]:
    return [("24h", _("24 小时")), ("7d", _("7 天")), ("30d", _("30 天")), ("1y", _("一年"))]


def _window_label(seconds: int) -> str:
    if seconds % 3600:
        return _("%(n)d 分钟") % {"n": seconds // 60}
    return _("%(n)d 小时") % {"n": seconds // 3600} if seconds <= 72 * 3600 else _("%(n)d 天") % {"n": seconds // 86400}


def _sheet_columns(unit: str) -> list[Column]:
    value = f"{_('数值')}（{unit}）" if unit else str(_("数值"))
    return [
        Column("time", _("时间"), "datetime"), Column("station", _("测站编码")), Column("property", _("观测量")),
        Column("value", value, "decimal"),
    ]  # fmt: skip


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "private, no-cache"
    return response
