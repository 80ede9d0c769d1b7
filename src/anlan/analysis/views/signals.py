"""Pages of signals: what is abnormal now, and one signal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anlan.kernel.context import Context
from anlan.kernel.paging import paged
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names
from anlan.kernel.web.offers import record_offers
from anlan.places.web import need, signed_in
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

from .. import queries
from ..book.in_force import criteria_in_force, resolve
from ..data.criteria_files import shipped_properties
from ..developing import developments
from ..loops import SIGNAL
from ..models import Signal
from ..stations.chart import chart_of
from ..stations.course import stretch
from ..stations.lines import drawn, levels_for
from ..stations.naming import name_of
from .events import event_rows
from .showing import context, signal_row

PAGE = 20
#: What the course of a signal looks back.
SHOWN = timedelta(hours=48)
DEVICE = "device"


@require_GET
@need("analysis.signal.view")
def signals(request: HttpRequest) -> HttpResponse:
    """What is abnormal now: events with their stations, what, where, why, since when, how it develops; devices; what has been."""
    ctx = context(request)
    state = request.GET.get("state", "open")
    standing = queries.open_events(ctx).exclude(scheme=DEVICE)
    devices = queries.open_signals(ctx).filter(scheme=DEVICE)
    wanted = {"ended": queries.ended_events(ctx).exclude(scheme=DEVICE), "devices": devices}.get(state, standing)
    found = paged(request.GET, wanted, PAGE)
    shown: dict[str, Any] = {"state": state, "page": found.page, "more": found.more}
    if state == "ended":
        shown["ended"] = found.rows
    elif state == "devices":
        shown["devices"] = [signal_row(ctx, s) for s in found.rows]
        shown["silent"] = sensing.silent_devices(ctx)[:PAGE]
    else:
        shown["events"] = event_rows(ctx, found.rows)
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
        **(row := signal_row(ctx, found)),
        "actions": [*row["actions"], *record_offers(ctx, found)],
        "chart": _chart(ctx, found),
        "course": course,
        "readings": list(reversed(found.proof.get("readings", []))),
        "others": list(queries.open_signals(ctx).filter(event=found.event_id).exclude(pk=found.pk)[:8])
        if found.event_id
        else [],
        "history": entries_of(SIGNAL.key, found.pk, names=evidence_names(SIGNAL)),
    }
    return render(request, "analysis/signal.html", shown)


def _chart(ctx: Context, signal: Signal) -> dict[str, Any] | None:
    """The course of what proves the signal, as on the page of its station, with the levels of the book that it was judged by."""
    name = str(signal.proof.get("property") or "")
    if signal.station is None or name not in shipped_properties():
        return None
    stream = next((s for s in sensing.datastreams(ctx, [signal.station.pk]) if s.property == name), None)
    if stream is None:
        return None
    until = _until(ctx, signal, stream)
    book = criteria_in_force(ctx.world, None if ctx.is_exercise else min(signal.at, ctx.now()))
    adds_up = stream.period_s > 0
    levels = levels_for(resolve(book, signal.station), name, book.own(signal.station.pk), adds_up=adds_up)
    window_s = float(signal.proof.get("window_s") or stream.period_s) if adds_up else 0.0
    window = timedelta(seconds=window_s) if adds_up else None
    found = stretch(ctx, stream, until - SHOWN, until, lead=window or timedelta(0))
    lines = drawn(levels, window_s, adds_up=adds_up) or _own_line(signal, name)
    return chart_of(found, name_of(stream), lines, [signal], window)


def _until(ctx: Context, signal: Signal, stream: Datastream) -> datetime:
    """Up to the last reading while it stands, to half the stretch after its end when it is over."""
    last: datetime = sensing.newest_readings(ctx, [stream]).get(stream.pk, (ctx.now(), None))[0]
    return min(last, ctx.now()) if signal.is_open else min(ctx.now(), last, signal.at + SHOWN / 2)


def _own_line(signal: Signal, name: str) -> list[dict[str, Any]]:
    """The threshold as the proof keeps it, where the book of that moment has no line of this height any more."""
    figure, threshold = str(signal.proof.get("figure") or name), signal.proof.get("threshold")
    same = figure.split("@")[0] == name
    return [{"label": signal.words, "value": threshold}] if same and isinstance(threshold, int | float) else []
