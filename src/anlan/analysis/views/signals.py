"""Pages of signals: what is abnormal now, and one signal."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names
from anlan.places.web import need, signed_in
from anlan.sensing import queries as sensing

from .. import queries
from ..loops import SIGNAL
from ..models import Signal
from ..numerics.rain import WINDOWS_H
from .showing import context, signal_row
from .stations import HOURS_SHOWN, rain_chart, state_course

PAGE = 50


@require_GET
@need("analysis.signal.view")
def signals(request: HttpRequest) -> HttpResponse:
    """What is abnormal now, why, and since when; and what has been."""
    ctx = context(request)
    state = request.GET.get("state", "open")
    rows = queries.open_signals(ctx) if state == "open" else queries.ended_signals(ctx)
    number = request.GET.get("page", "1")
    page = max(1, int(number) if number.isdecimal() else 1)
    found = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    shown = {
        "rows": [signal_row(ctx, s) for s in found[:PAGE]],
        "state": state,
        "tabs": [
            {"label": _("现在"), "url": "?state=open", "active": state == "open", "count": queries.open_signals(ctx).count()},
            {"label": _("已结束"), "url": "?state=ended", "active": state != "open"},
        ],
        "page": page,
        "more": len(found) > PAGE,
        "silent": sensing.silent_devices(ctx)[:20],
    }  # fmt: skip
    return render(request, "analysis/signals.html", shown)


@require_GET
@signed_in
def signal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One signal with the figures that proved it and its history."""
    ctx = context(request)
    found = Signal.objects.select_related("station").get_visible(ctx, pk=pk)
    rain = queries.rain_series(ctx, found.station, hours=HOURS_SHOWN)
    proving = next((line for line in found.trace if line["result"] == "true"), None)
    window = next((w for w in WINDOWS_H if proving and proving["label"].startswith(f"{w}小时")), 1)
    streams = sensing.datastreams(ctx, [found.station_id])
    state_only = [] if any(s.property == "rain_mm" for s in streams) else streams
    shown = {
        **signal_row(ctx, found),
        "chart": state_course(ctx, found.station, state_only[0])["chart"]
        if state_only
        else rain_chart(rain, window, queries.level_lines("rain_mm", window)),
        "history": entries_of(SIGNAL.key, found.pk, names=evidence_names(SIGNAL)),
    }
    return render(request, "analysis/signal.html", shown)
