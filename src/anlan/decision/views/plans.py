"""Pages of plans: the list, one to read, two compared, the paper, the try, the action cards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.figures import BadFacts
from anlan.kernel.services.attachments import shown_attachments
from anlan.kernel.web.loops import phase
from anlan.kernel.web.papers import paper_answer
from anlan.places.web import signed_in

from .. import queries, showing
from ..action_cards import card_of, roles_with_cards
from ..checking.whole import check_plan
from ..comparing import compare_plans
from ..data.plan_document import Plan
from ..data.plan_validity import validity_rules
from ..handbooks.queries import handbooks_of_plan
from ..models import PlanRecord, PlanVersion
from ..papers import plan_paper
from ..plan_files import Finding
from ..services.files import files_of
from ..trying import Moment, read_event, try_plan
from ..trying.event import BEIJING
from ..trying.lanes import lanes
from ..trying.past import offered, past_event
from ..trying.sampling import event_rows, event_variables, read_table, sample_table, typed_table

CHANGE = "decision.plan.change"
MOST_EVENT = 5_000_000


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


@require_GET
@signed_in
def plans(request: HttpRequest) -> HttpResponse:
    """The plans that hold for this person, by type, with what is being written."""
    ctx = _ctx(request)
    wanted, text = request.GET.get("type", ""), request.GET.get("q", "").strip()
    rows = list(queries.plan_records(ctx))
    counts = {key: sum(1 for r in rows if r.type == key) for key in PlanRecord.Type.values}
    tabs = [{"label": _("全部"), "url": "?", "active": wanted not in counts, "count": len(rows)}]
    tabs += [
        {"label": label, "url": f"?type={key}", "active": wanted == key, "count": counts[key]}
        for key, label in PlanRecord.Type.choices
        if counts[key]
    ]
    shown = [
        r
        for r in rows
        if (wanted not in counts or r.type == wanted) and (not text or text in f"{r.title}{r.code}{r.whose}")
    ]
    drafts = {d.record_id: d for d in queries.revisions(ctx).open()}
    may_change = bool(ctx.paths(CHANGE)) and not ctx.is_exercise
    return render(request, "decision/plans.html", {
        "rows": [_line(r, drafts.get(r.pk)) for r in shown], "tabs": tabs, "q": text, "wanted": wanted, "may_change": may_change,
        "drafts": [{"draft": d, "phase": phase(d, ctx.now())} for d in drafts.values()],
    })  # fmt: skip


def _line(record: PlanRecord, draft: Any) -> dict[str, Any]:
    version = max(record.known_versions, key=lambda v: v.version, default=None)  # type: ignore[attr-defined]
    return {
        "record": record, "version": version, "draft": draft, "suggested": record.shipped,
        "until": _until(version) if version and not record.shipped else None, "ended": record.ended_at is not None,
    }  # fmt: skip


def _until(version: PlanVersion) -> datetime | None:
    """When the version comes of age: until then it has to be revised."""
    from ..services.revising import months_after

    months = [r.after_months for r in validity_rules().reasons.values() if r.by_itself and r.after_months]
    return months_after(version.in_force_from, min(months)) if months else None


@require_GET
@signed_in
def record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The address of a plan whatever its version: its newest one, or the draft of a plan that has none yet."""
    ctx = _ctx(request)
    found = queries.plan_record(ctx, pk)
    versions = queries.versions_of(ctx, found)
    if versions:
        return redirect(versions[0].get_absolute_url())
    draft = queries.revisions(ctx).filter(record=found).first()
    if draft is None:
        raise Http404
    return redirect(draft.get_absolute_url())


@require_GET
@signed_in
def plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A plan to read: levels side by side with their conditions in words, who signs, who does what by when."""
    ctx = _ctx(request)
    found = queries.plan(ctx, pk)
    versions = queries.versions_of(ctx, found.record)
    parsed = queries.parsed(found)
    draft = queries.revisions(ctx).open().filter(record=found.record).first()
    region = found.record.region
    may_change = (
        region is not None and ctx.may(CHANGE, region.path) and not ctx.is_exercise and found.record.ended_at is None
    )
    newest = versions[0] if versions else found
    return render(request, "decision/plan.html", {
        "plan": found, "record": found.record, "content": found.content, "levels": showing.level_rows(found.content), "versions": versions,
        "newest": newest, "is_newest": newest.pk == found.pk, "draft": draft, "may_change": may_change and draft is None,
        "may_model": region is None and bool(ctx.paths(CHANGE)) and not ctx.is_exercise,
        "roles": roles_with_cards(found.content), "notify": showing.notify_rows(found), "resources": showing.resource_rows(found),
        "members": showing.member_rows(found), "until": _until(found) if region is not None else None,
        "findings": [f.as_dict() for f in check_plan(parsed)], "reasons": _reasons(),
        "handbooks": handbooks_of_plan(found, found.record.region or queries.home_region(ctx)),
        "maps": showing.map_rows(found), "files": shown_attachments(files_of(ctx, found)),
        "earlier": [v for v in versions if v.version < found.version][:1],
    })  # fmt: skip


def _reasons() -> list[dict[str, Any]]:
    named = [r for r in validity_rules().reasons.values() if r.id != "new"]
    kinds = {"rewrite": _("重编"), "revise": _("修订")}
    choices = [(r.id, f"{r.zh}（{kinds[r.then]}）") for r in named]
    return [
        {"name": "reason", "label": _("情形"), "kind": "choice", "required": True, "choices": choices},
        {"name": "why", "label": _("说明"), "kind": "longtext", "required": False, "max_length": 2000},
    ]  # fmt: skip


@require_GET
@signed_in
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This version beside another one, what changed marked."""
    ctx = _ctx(request)
    found = queries.plan(ctx, pk)
    versions = queries.versions_of(ctx, found.record)
    chosen = request.GET.get("with", "")
    other = (
        queries.plan(ctx, chosen)
        if _is_uuid(chosen)
        else next((v for v in versions if v.version < found.version), None)
    )
    if other is None:
        shipped = PlanVersion.objects.visible_to(ctx).filter(shipped=True, hazard=found.hazard).exclude(pk=found.pk)
        other = shipped.order_by("-version").first()
    sections = compare_plans(other.content, found.content) if other else []
    everything = request.GET.get("all") == "1"
    if not everything:
        sections = [{**s, "rows": [r for r in s["rows"] if r["change"] != "same"]} for s in sections if s["changes"]]
    return render(request, "decision/compare.html", {
        "plan": found, "other": other, "sections": sections, "versions": [v for v in versions if v.pk != found.pk],
        "everything": everything, "changes": sum(s["changes"] for s in sections),
    })  # fmt: skip


@require_GET
@signed_in
def paper(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    """The plan as an official paper."""
    found = queries.plan(_ctx(request), pk)
    document = plan_paper(found)
    return paper_answer(document, form, f"{document.full_title}（第{found.version}版）")


@require_http_methods(["GET", "POST"])
@signed_in
def trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Try the plan on an invented or recorded event: who would have to do what when, where it would jam."""
    ctx = _ctx(request)
    found = queries.plan(ctx, pk)
    parsed = queries.parsed(found)
    given = request.POST if request.method == "POST" else request.GET
    text, chosen = given.get("event", "").strip(), given.get("past", "")
    upload = request.FILES.get("file")
    if upload is not None:
        if (upload.size or 0) > MOST_EVENT:
            raise BadInput(_("文件超过 5 MB"), field="file", mend=_("请加大间隔，或分段推演"))
        text = upload.read().decode("utf-8-sig", errors="replace")
    moments, findings, table = _event(ctx, parsed, chosen, text or typed_table(given))
    result, trouble = None, ""
    try:
        result = try_plan(parsed, moments, queries.holders(found.record.region or queries.home_region(ctx)), findings)
    except BadFacts as wrong:
        trouble = str(wrong)
    return render(request, "decision/trial.html", {
        "plan": found, "event": table if upload is None else "", "result": result, "trouble": trouble,
        "past": offered(ctx, found.hazard), "chosen": chosen, "rows": event_rows(moments, parsed), "variables": event_variables(parsed),
        "chart": lanes(result) if result else None, "shown": showing.trial_rows(result) if result else None,
    })  # fmt: skip


def _event(ctx: Context, plan: Plan, chosen: str, text: str) -> tuple[list[Moment], list[Finding], str]:
    """The moments of a past event, of what was typed, or of the plan's own sample; by the clock of the place."""
    findings: list[Finding] = []
    moments = past_event(ctx, chosen) if chosen else []
    if moments:
        return [replace(m, time=localtime(m.time)) for m in moments], findings, ""
    begins = clock.real_now().astimezone(BEIJING).replace(minute=0, second=0, microsecond=0)
    table = text or sample_table(plan, begins)
    moments, findings = read_event(table) if table.lstrip().startswith(("{", "[")) else read_table(table, plan)
    return [replace(m, time=localtime(m.time)) for m in moments], findings, table


@require_GET
@signed_in
def card(request: HttpRequest, pk: UUID, role: str) -> HttpResponse:
    """The action card of one role: for the phone, and with ``?print=1`` as a small card with a QR code that opens it."""
    found = queries.plan(_ctx(request), pk)
    shown = card_of(found.content, role)
    if not shown["levels"]:
        raise Http404
    printing = request.GET.get("print") == "1"
    address = request.build_absolute_uri(request.path)
    drawn = segno.make(address, error="m").svg_inline(scale=3, border=2, dark="#000", light="#fff") if printing else ""
    return render(request, "decision/card_print.html" if printing else "decision/card.html", {
        "plan": found, "card": shown, "qr": mark_safe(drawn), "address": address, "roles": roles_with_cards(found.content),
    })  # fmt: skip


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
