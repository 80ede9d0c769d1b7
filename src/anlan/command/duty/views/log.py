"""值班日志: the day by itself and in one's own words, corrected by further entries, printed."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.models import LogEntry
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.documents import PdfFailed, PdfUnavailable, render_docx, render_pdf
from anlan.kernel.errors import Refused
from anlan.kernel.moments import read_day
from anlan.places.web import need

from .. import services
from ..log import LABELS, duty_day, log_entries
from ..papers import log_paper
from ..services.logging import WRITE
from .months import own_region

VIEW = "command.duty_log.view"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


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
    if ending not in ("docx", "pdf"):
        raise Http404
    here, day = own_region(ctx, request.GET.get("region", ""), VIEW), _day(request.GET.get("day", ""), ctx)
    made = log_paper(ctx, here, day)
    content = render_docx(made)
    if ending == "pdf":
        try:
            content = render_pdf(content)
        except (PdfUnavailable, PdfFailed) as error:
            raise Refused(
                _("没有生成 PDF：%(why)s") % {"why": error}, mend=_("可先下载 .docx，或请系统管理员检查转换程序")
            ) from error
    answer = HttpResponse(content, content_type="application/pdf" if ending == "pdf" else DOCX)
    answer["Content-Disposition"] = content_disposition_header(True, f"{made.full_title}.{ending}")
    answer["Cache-Control"] = "no-store"
    return answer
