"""Pages of signals: what is abnormal now, and one signal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anlan.kernel.context import Context
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names
from anlan.places.web import need, signed_in
from anlan.sensing import queries as sensing

from .. import queries
from ..data.criteria_files import shipped_properties
from ..developing import Development, developments
from ..loops import SIGNAL
from ..models import Signal
from .events import event_rows
from .showing import context, signal_row
from .stations import HOURS_SHOWN, rain_chart

PAGE = 20
HOUR_S = 3600
DEVICE = "device"


@require_GET
@need("analysis.signal.view")
def signals(request: HttpRequest) -> HttpResponse:
    """What is abnormal now: events with their stations, what, where, why, since when, how it develops; devices; what has been."""
    ctx = context(request)
    state = request.GET.get("state", "open")
    number = request.GET.get("page", "1")
    page = max(1, int(number) if number.isdecimal() else 1)
    standing = queries.open_events(ctx).exclude(scheme=DEVICE)
    devices = queries.open_signals(ctx).filter(scheme=DEVICE)
    cut = slice((page - 1) * PAGE, page * PAGE + 1)
    shown: dict[str, Any] = {"state": state, "page": page, "more": False}
    if state == "ended":
        found = list(queries.ended_events(ctx).exclude(scheme=DEVICE)[cut])
        shown |= {"ended": found[:PAGE], "more": len(found) > PAGE}
    elif state == "devices":
        rows = list(devices[cut])
        shown |= {"devices": [signal_row(ctx, s) for s in rows[:PAGE]], "more": len(rows) > PAGE}
        shown["silent"] = sensing.silent_devices(ctx)[:PAGE]
    else:
        found = list(standing[cut])
        shown |= {"events": event_rows(ctx, found[:PAGE]), "more": len(found) > PAGE}
    shown["tabs"] = [
        {"label": _("现在"), "url": "?state=open", "active": state == "open", "count": standing.count()},
        {"label": _("设备缺数"), "url": "?state=devices", "active": state == "devices", "count": devices.count()},
        {"label": _("已结束"), "url": "?state=ended", "active": state == "ended"},
    ]  # fmt: skip
    return render(request, "analysis/signals.html", shown)


@require_GET
@signed_in
def signal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One signal: the figure with its standards, the readings that prove it, what its neighbours show, what was done."""
    ctx = context(request)
    found = Signal.objects.select_related("station", "event").get_visible(ctx, pk=pk)
    course = developments(ctx, [found]).get(found.pk)
    shown = {
        **signal_row(ctx, found),
        "chart": _chart(ctx, found, course),
        "course": course,
        "readings": list(reversed(found.proof.get("readings", []))),
        "others": list(queries.open_signals(ctx).filter(event=found.event_id).exclude(pk=found.pk)[:8])
        if found.event_id
        else [],
        "history": entries_of(SIGNAL.key, found.pk, names=evidence_names(SIGNAL)),
    }
    return render(request, "analysis/signal.html", shown)


def _chart(ctx: Context, signal: Signal, course: Development | None) -> dict[str, Any] | None:
    """The course of the proving figure with the levels that it is compared with; of hourly rain with its bars."""
    name = str(signal.proof.get("property") or "")
    if signal.station is None or name not in shipped_properties():
        return None
    window_s = float(signal.proof.get("window_s") or 0)
    hours = int(window_s // HOUR_S)
    lines = _lines(signal, name, hours)
    if name == "rain_mm" and window_s == hours * HOUR_S:
        return rain_chart(queries.rain_series(ctx, signal.station, hours=HOURS_SHOWN), max(1, hours), lines)
    known = shipped_properties()[name]
    points = [[at.isoformat(), value] for at, value in (course.points if course is not None else ())]
    return {
        "title": known.zh, "unit": known.unit, "series": [{"name": known.zh, "kind": "step", "points": points}],
        "lines": [{"label": line["label"], "value": line["value"]} for line in lines],
    }  # fmt: skip


def _lines(signal: Signal, name: str, hours: int) -> list[dict[str, Any]]:
    figure = str(signal.proof.get("figure") or name)
    if figure in (name, f"{name}@{hours}h") and (known := queries.level_lines(name, hours)):
        return known
    threshold = signal.proof.get("threshold")
    same = figure.split("@")[0] == name
    return [{"label": signal.words, "value": threshold}] if same and isinstance(threshold, int | float) else []
