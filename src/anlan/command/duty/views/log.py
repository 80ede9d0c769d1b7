"""值班日志: the day by itself and in one's own words, corrected by further entries, printed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.models import LogEntry
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.moments import read_day
from anlan.kernel.web.papers import paper_answer
from anlan.places.web import need

from .. import services
from ..log import LABELS, duty_day, log_entries
from ..papers import log_paper
from ..services.logging import WRITE
from .months import own_region

VIEW = "command.duty_log.view"


def _day(text: str, ctx: Context) -> date:
    return read_day(text, "day") or localtime(ctx.now()).date()


@require_http_methods(["GET", "POST"])
@need(VIEW)
def log(request: HttpRequest) -> HttpResponse:
    ctx = ctx_of(request)
    given = request.POST if request.method == "POST" else request.GET
    here = own_region(ctx, given.get("region", ""), VIEW)
    if request.method == "POST":
        services.note_log(ctx, region=here, text=given.get("text", ""), kind=given.get("kind", "note"))
        return done(request, _("已记入值班日志"), to=f"/duty/log/?region={here.short_code}")
    day = _day(given.get("day", ""), ctx)
    kinds = [k for k in given.getlist("kind") if k in LABELS]
    lines = log_entries(ctx, here, *duty_day(day), kinds=kinds)
    return render(request, "command/duty/log.html", {
        "region": here, "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1), "lines": lines,
        "today": localtime(ctx.now()).date(), "kinds": [(k, label, k in kinds) for k, label in LABELS.items()],
        "entry_kinds": [c for c in LogEntry.Kind.choices if c[0] != LogEntry.Kind.CORRECTION], "may_write": ctx.may(WRITE, here.path),
    })  # fmt: skip


@require_POST
@need(VIEW)
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    entry = LogEntry.objects.select_related("region").get_visible(ctx, pk=pk)
    services.correct_log(ctx, entry=entry, text=request.POST.get("text", ""))
    return done(request, _("已更正，原记录保留"), to=f"/duty/log/?region={entry.region.short_code}")


@require_GET
@need(VIEW)
def paper(request: HttpRequest, ending: str) -> HttpResponse:
    """The log of a day as a paper."""
    ctx = ctx_of(request)
    here, day = own_region(ctx, request.GET.get("region", ""), VIEW), _day(request.GET.get("day", ""), ctx)
    return paper_answer(log_paper(ctx, here, day), ending)
