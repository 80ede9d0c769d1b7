"""Pages of stations: all with their sums, and one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anlan.kernel.context import Context
from anlan.places.web import need, signed_in
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from .. import queries
from ..data.criteria_files import shipped_properties
from ..numerics.rain import WINDOWS_H
from .showing import context, signal_row

HOURS_SHOWN = 48


@require_GET
@need("sensing.station.view")
def stations(request: HttpRequest) -> HttpResponse:
    """All stations: newest value, sums, and which of them keep silent."""
    ctx = context(request)
    streams = [s for s in sensing.datastreams(ctx) if s.property == "rain_mm"]
    sums = queries.station_sums(ctx, streams)
    silent = {s.stream.thing_id: s for s in sensing.silent_devices(ctx)}
    worst = {s.station_id: s for s in queries.open_signals(ctx).order_by("at") if s.scheme == "warning"}
    rows = [
        {
            "station": t, "sums": [sums.get(t.pk, {}).get(w) for w in WINDOWS_H], "silent": silent.get(t.pk),
            "signal": worst.get(t.pk),
        }
        for t in sensing.stations_with_latest(ctx).order_by(F("value").desc(nulls_last=True), "code")
    ]  # fmt: skip
    may_see_rejected = bool(ctx.paths("sensing.rejected.view"))
    shown = {"rows": rows, "windows": WINDOWS_H, "rejected": sensing.rejected(ctx, 20) if may_see_rejected else []}
    return render(request, "analysis/stations.html", shown)


@require_GET
@signed_in
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One station: the course of the rain with its standards, sums, readings, signals."""
    ctx = context(request)
    thing = sensing.station(ctx, code)
    given = request.GET.get("w", "")
    window = int(given) if given.isdecimal() and int(given) in WINDOWS_H else 3
    streams = sensing.datastreams(ctx, [thing.pk])
    rain_only = [s for s in streams if s.property == "rain_mm"]
    if streams and not rain_only:
        return render(request, "analysis/state_station.html", state_course(ctx, thing, streams[0]))
    streams = rain_only
    rain = queries.rain_series(ctx, thing, hours=HOURS_SHOWN)
    lines = queries.level_lines("rain_mm", window)
    shown = {
        "station": thing,
        "stream": streams[0] if streams else None,
        "window": window,
        "tabs": [{"label": _("%(n)d 小时") % {"n": w}, "url": f"?w={w}", "active": w == window} for w in WINDOWS_H],
        "chart": rain_chart(rain, window, lines),
        "lines": lines,
        "sums": queries.station_sums(ctx, streams).get(thing.pk, {}),
        "readings": list(reversed(rain)),
        "latest": sensing.latest_time(ctx, streams),
        "corrections": sensing.corrections_of(ctx, streams, since=ctx.now() - timedelta(hours=HOURS_SHOWN)),
        "silent": next((s for s in sensing.silent_devices(ctx) if s.stream.thing_id == thing.pk), None),
        "signals": [signal_row(ctx, s) for s in queries.signals_of(ctx, thing)[:20]],
    }
    return render(request, "analysis/station.html", shown)


def state_course(ctx: Context, thing: Thing, stream: Datastream) -> dict[str, Any]:
    """A station that measures a state, such as the depth of water: its course with the standards."""
    rows = sensing.series(ctx, [stream], since=ctx.now() - timedelta(hours=HOURS_SHOWN)).get(stream.pk, [])
    lines = queries.level_lines(stream.property, 0)
    name = shipped_properties()[stream.property].zh
    chart = {
        "title": name,
        "unit": stream.unit,
        "series": [{"name": name, "kind": "step", "points": [[at.isoformat(), v] for at, v in rows]}],
        "lines": [{"label": line["label"], "value": line["value"]} for line in lines],
    }
    return {
        "station": thing, "stream": stream, "name": name, "chart": chart, "lines": lines, "readings": list(reversed(rows)),
        "latest": rows[-1][0] if rows else None, "signals": [signal_row(ctx, s) for s in queries.signals_of(ctx, thing)[:20]],
    }  # fmt: skip


def rain_chart(rain: sensing.Series, window: int, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Hourly bars, and the running sum that the standards of this window are compared with."""
    sums: list[list[Any]] = []
    for i, (at, _value) in enumerate(rain):
        known = [v for _t, v in rain[max(0, i + 1 - window) : i + 1] if v is not None]
        sums.append([at.isoformat(), round(sum(known), 1) if known else None])
    bars = {"name": _("小时雨量"), "kind": "bar", "points": [[at.isoformat(), v] for at, v in rain]}
    course = {"name": _("%(n)d 小时累计") % {"n": window}, "kind": "line", "points": sums, "emphasis": True}
    return {
        "title": _("最近 %(n)d 小时雨量") % {"n": len(rain)},
        "unit": "mm",
        "series": [bars] if window == 1 else [bars, course],
        "lines": [{"label": line["label"], "value": line["value"]} for line in lines],
    }
