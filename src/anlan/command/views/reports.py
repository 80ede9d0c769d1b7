"""A report as a page: read, edit, sign, send, correct, take away as a paper."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command import services
from anlan.command.models import Report, ReportClock
from anlan.command.services.papers import document_of, lay_down_pdf, paper
from anlan.command.services.reports import fingerprint
from anlan.kernel.context import Context, system
from anlan.kernel.documents import render_docx
from anlan.kernel.errors import NotFound
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.services.files import file_store
from anlan.kernel.web.loops import record_context
from anlan.kernel.web.steps import actions
from anlan.places.web import need, signed_in

from .answers import ctx_of, done
from .incidents import is_duty

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def report_of(ctx: Context, pk: UUID) -> Report:
    found: Report = Report.objects.select_related("incident__region", "corrects").get_visible(ctx, pk=pk)
    return found


@require_GET
@need("command.report.view")
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = report_of(ctx, pk)
    context = {
        **{k: v for k, v in record_context(ctx, found).items() if k != "where"},
        "report": found,
        "incident": found.incident,
        "paragraphs": found.body.get("paragraphs", []),
        "missing": found.body.get("missing", []),
        "seen": fingerprint(found),
        "actions": actions(ctx, found),
        "may_edit": is_duty(ctx, found.incident) and found.state in ("drafted", "signing"),
        "may_correct": is_duty(ctx, found.incident) and found.state == "sent",
        "clocks": ReportClock.objects.visible_to(ctx).filter(report=found).order_by("met_at")
        if found.state == "sent"
        else [],
        "attachments": shown_attachments(attachments_of(ctx, object_type=Report.loop.key, object_id=found.pk)),
        "corrections": Report.objects.visible_to(ctx).filter(corrects=found),
    }
    return render(request, "command/report.html", context)


@require_POST
@signed_in
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = report_of(ctx, pk)
    paragraphs = [
        {"heading": h, "text": t}
        for h, t in zip(request.POST.getlist("heading"), request.POST.getlist("text"), strict=False)
    ]
    services.edit_report(
        ctx,
        found,
        title=request.POST.get("title", ""),
        paragraphs=paragraphs,
        addressees=request.POST.get("addressees", "").replace("，", "、").split("、"),
        seen=request.POST.get("seen", ""),
    )
    return done(request, _("拟稿已保存"), to=found.get_absolute_url())


@require_POST
@signed_in
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    fresh = services.correct(ctx, report_of(ctx, pk), reason=request.POST.get("reason", ""))
    return done(request, _("已拟更正，请核对后送签"), to=fresh.get_absolute_url())


@require_GET
@signed_in
def document(request: HttpRequest, pk: UUID, ending: str) -> HttpResponse | FileResponse:
    """The paper. A draft is shown as .docx only, without serial and signer; a signed one is what was laid down."""
    ctx = ctx_of(request)
    found = report_of(ctx, pk)
    if not found.serial:
        if ending != "docx":
            raise NotFound(_("还没有签发，先看 .docx 拟稿"))
        response = HttpResponse(render_docx(document_of(found)), content_type=DOCX)
        response["Content-Disposition"] = (
            content_disposition_header(True, _("拟稿 %(title)s.docx") % {"title": found.title}) or "attachment"
        )
        return response
    kept = paper(found, ending) or (lay_down_pdf(system("papers", world=ctx.world), found) if ending == "pdf" else None)
    if kept is None:
        raise NotFound()
    sent = FileResponse(file_store().open(kept.digest), content_type=kept.media_type)
    sent["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    return sent
