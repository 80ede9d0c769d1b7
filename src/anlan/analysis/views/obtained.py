"""The page of what was obtained: of every device and county, the share of the readings that should have come."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anlan.places.web import need

from .. import obtaining
from ..data.device_watch import device_watch
from .showing import context

PAGE = 200


@require_GET
@need("sensing.station.view")
def obtained(request: HttpRequest) -> HttpResponse:
    """Counties with their share, devices with theirs, the worst first."""
    ctx, watch = context(request), device_watch()
    found = obtaining.obtained(ctx)
    shown: dict[str, Any] = {
        "counties": found.counties, "devices": found.devices[:PAGE], "more": max(0, len(found.devices) - PAGE),
        "hours": watch.obtained_h, "least": watch.obtained_pct, "at": ctx.now(), "clause": watch.provenance.source,
        "suggested": watch.provenance.suggested, "total": found.total,
    }  # fmt: skip
    return render(request, "analysis/obtained.html", shown)
