"""The page of how good criteria are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anlan.places.web import need

from .. import quality
from .showing import context

SPANS = {"30": 30, "365": 365, "3650": 3650}


@require_GET
@need("analysis.signal.view")
def criteria_quality(request: HttpRequest) -> HttpResponse:
    """Each criterion that raised something: how much of it was true, how early it was, how long people took."""
    ctx = context(request)
    span = request.GET.get("days", "365")
    span = span if span in SPANS else "365"
    until = ctx.now()
    rows = quality.quality(ctx, until - timedelta(days=SPANS[span]), until)
    chosen = request.GET.get("criterion", "")
    shown: dict[str, Any] = {
        "rows": rows, "small_n": quality.SMALL_N, "belongs": quality.BELONGS_H,
        "chosen": next((r for r in rows if r.criterion == chosen), None),
        "months": quality.months(ctx, chosen) if chosen else [], "span": span,
        "tabs": [
            {"label": label, "url": f"?days={days}", "active": days == span}
            for days, label in (("30", _("最近 30 天")), ("365", _("最近一年")), ("3650", _("最近十年")))
        ],
    }  # fmt: skip
    return render(request, "analysis/quality.html", shown)
