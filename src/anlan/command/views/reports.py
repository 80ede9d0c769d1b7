"""A report as a page: read, edit, sign, send, correct, take away as a paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command import services
from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.models import Incident, Report, ReportClock, ReportDelivery
from anlan.command.queries.reports import changes_of, deliveries_of, legal_time, report_page
from anlan.command.services.papers import document_of, lay_down_pdf, paper
from anlan.command.services.reports import fingerprint, may_write
from anlan.command.services.signing import demand_entitled, entitled, lost_post
from anlan.kernel.context import Context, system
from anlan.kernel.documents import render_docx
from anlan.kernel.errors import NotFound
from anlan.kernel.moments import read_moment
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.services.files import file_store
from anlan.kernel.web.loops import phase, record_context
from anlan.kernel.web.steps import actions, one_main, step_from_form
from anlan.places.web import signed_in

from .answers import ctx_of, done

#: States in which a page says who may review or sign.
BEFORE_SIGNED = ("drafted", "reviewing", "signing")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def report_of(ctx: Context, pk: UUID) -> Report:
    found: Report = Report.objects.select_related("incident__region", "corrects").get_visible(ctx, pk=pk)
    return found


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = report_of(ctx, pk)
    shown = record_context(ctx, found)
    context = {
        **{k: v for k, v in shown.items() if k != "where"},
        "history": _history(found, shown["history"]),
        "report": found,
        "incident": found.incident,
        "paragraphs": found.body.get("paragraphs", []),
        "missing": found.body.get("missing", []),
        "missing_basis": _asked_by(found),
        "seen": fingerprint(found),
        "actions": _actions(ctx, found),
        "legal": legal_time(found, ctx.now()),
        "changes": changes_of(found),
        "deliveries": _deliveries(ctx, found),
        "entitled": entitled(found, "sign" if found.state == "signing" else "pass_review")
        if found.state in BEFORE_SIGNED
        else [],
        "may_edit": may_write(ctx, found) and found.state in BEFORE_SIGNED,
        "may_correct": may_write(ctx, found) and found.state == "sent",
        "sees_incident": found.is_of_desk or Incident.objects.visible_to(ctx).filter(pk=found.incident_id).exists(),
        "clocks": ReportClock.objects.visible_to(ctx).filter(report=found).order_by("met_at")
        if found.state == "sent"
        else [],
        "attachments": shown_attachments(attachments_of(ctx, object_type=Report.loop.key, object_id=found.pk)),
        "corrections": Report.objects.visible_to(ctx).filter(corrects=found),
    }
    return render(request, "command/report.html", context)


def _history(found: Report, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The history without the whole old and new words of every edit: those stand in the list of changes."""
    edits, opened = f"{found.loop.key}.edit", f"{found.loop.key}.open"
    begun = _("拟更正") if found.is_correction else _("拟稿")
    return [
        {**one, "changes": []}
        if one["action"] == edits
        else {**one, "label": begun}
        if one["action"] == opened
        else one
        for one in entries
    ]


def _asked_by(found: Report) -> str:
    """The clauses that ask for the elements that are missing."""
    elements = shipped_reporting().elements
    keys = [m.get("key", "") for m in found.body.get("missing", [])]
    return "；".join(dict.fromkeys(elements[k].provenance.source for k in keys if k in elements))


def _actions(ctx: Context, found: Report) -> list[dict[str, Any]]:
    """Buttons of a report; only the first main one stands out. They come back to `step`, which knows posts that were lost."""
    shown = one_main(actions(ctx, found))
    for one in shown:
        one["url"] = reverse("report-step", args=[found.pk, one["name"]])
    return shown


def _deliveries(ctx: Context, found: Report) -> list[dict[str, Any]]:
    mine = may_write(ctx, found)
    means = {"written": _("书面"), "phone": _("电话"), "system": _("系统直报")}
    return [
        {
            "row": d, "means": means.get(d.means, d.means),
            "may_confirm": d.received_at is None and (mine or (bool(d.organisation) and d.organisation in ctx.keys)),
            "theirs": bool(d.organisation) and d.organisation in ctx.keys and not mine,
        }
        for d in deliveries_of(ctx, found)
    ]  # fmt: skip


@require_GET
@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """The register: what is under way and what went up, each with its recipients and receipts."""
    ctx = ctx_of(request)
    filters = {k: str(v) for k, v in request.GET.items() if v}
    found = report_page(ctx, filters)
    state = filters.get("state", "open")
    names = [("open", _("在办")), ("sent", _("已发出")), ("all", _("全部"))]
    tabs = [{"label": label, "url": f"?state={name}", "active": name == state} for name, label in names]
    now = ctx.now()
    rows = [{"report": r, "phase": phase(r, now)} for r in found.rows]
    shown = {"rows": rows, "tabs": tabs, "next_url": found.next_url, "filters": filters, "state": state}
    return render(request, "command/reports.html", shown)


@require_POST
@signed_in
def step(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    """A step of a report. Somebody who has just lost the post is told so, and who may act now, instead of “not found”."""
    ctx = ctx_of(request)
    found = _still_known(ctx, pk, name)
    declared = next((s for s in found.loop.steps if s.name == name and not s.automatic), None)
    if declared is None:
        raise NotFound()
    moved = step_from_form(ctx, found, declared, request)
    return done(
        request,
        _("已%(step)s，现在是“%(state)s”") % {"step": declared.label, "state": moved.state_label},
        to=found.get_absolute_url(),
    )


def _still_known(ctx: Context, pk: UUID, name: str) -> Report:
    try:
        return report_of(ctx, pk)
    except NotFound:
        found = (
            Report.objects.unscoped("only somebody who lately held a post for it is told anything")
            .filter(pk=pk)
            .first()
        )
        roles = (*found.signers, *found.reviewers, *found.writers) if found else ()
        if found is None or lost_post(ctx, found, roles) is None:
            raise
        demand_entitled(ctx, found, name if name in ("sign", "pass_review", "return") else "sign")
        raise


@require_POST
@signed_in
def receipt(request: HttpRequest, pk: UUID, delivery: UUID) -> HttpResponse:
    """A recipient has it: who took it, when, at which number."""
    ctx = ctx_of(request)
    found = ReportDelivery.objects.get_visible(ctx, pk=delivery, report_id=pk)
    services.confirm_receipt(
        ctx, found, received_by=request.POST.get("received_by", ""), number=request.POST.get("number", ""),
        received_at=read_moment(request.POST.get("received_at", ""), "received_at"),
    )  # fmt: skip
    return done(request, _("已登记%(to)s接收") % {"to": found.recipient_name}, to=f"/reports/{pk}/")


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
