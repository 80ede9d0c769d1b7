"""The page of reporting quality: suspicions with their evidence, and rates of timeliness."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.models import ReportFinding
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.web.loops import record_context
from anlan.places.web import need

from .rates import rates
from .services import look_over

VIEW = "command.report_finding.view"
PAGE = 50
YEAR = timedelta(days=366)


@require_GET
@need(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Suspicions by state and kind, the oldest open one first; rates of the last twelve months."""
    ctx = ctx_of(request)
    state, kind = request.GET.get("state", "suspected"), request.GET.get("kind", "")
    rows = ReportFinding.objects.visible_to(ctx).select_related("incident")
    if state in {s.name for s in ReportFinding.loop.states}:
        rows = rows.filter(state=state)
    if kind in ReportFinding.Kind.values:
        rows = rows.filter(kind=kind)
    count = rows.count()
    found = rows.order_by("opened_at" if state == "suspected" else "-opened_at")[:PAGE]
    names = [*((s.name, s.label) for s in ReportFinding.loop.states), ("all", _("全部"))]
    tabs = [{"label": label, "url": f"?state={name}", "active": name == state} for name, label in names]
    shown = {
        "rows": found, "count": count, "tabs": tabs, "state": state, "kind": kind, "kinds": ReportFinding.Kind.choices,
        "rates": rates(ctx, since=ctx.now() - YEAR)[:PAGE * 2], "definitions": shipped_reporting().violations.values(),
    }  # fmt: skip
    return render(request, "command/quality.html", shown)


@require_GET
@need(VIEW)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One suspicion: what the facts are, which clause defines it, who decided and why."""
    ctx = ctx_of(request)
    found = ReportFinding.objects.select_related("incident", "incoming", "report").get_visible(ctx, pk=pk)
    return render(
        request, "command/finding.html", {**record_context(ctx, found), "finding": found, "evidence": _evidence(found)}
    )


def _evidence(found: ReportFinding) -> list[dict[str, Any]]:
    return [{**fact, "at": datetime.fromisoformat(fact["at"])} for fact in found.evidence]


@require_POST
@need(VIEW)
def look(request: HttpRequest) -> HttpResponse:
    """Go through the last month's incidents now."""
    standing = look_over(ctx_of(request))
    return done(request, _("核查完毕，现有疑点 %(n)d 条") % {"n": standing}, to="/reports/quality/")
