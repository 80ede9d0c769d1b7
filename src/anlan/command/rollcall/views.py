"""Pages of roll calls: what I owe, the list, drawing one up, the result, the rates, the plans."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.data.rollcall import rollcall_rule
from anlan.command.models import RollCall, RollCallPlan
from anlan.command.units import units_below
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.moments import read_day
from anlan.kernel.paging import paged
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.web import need, signed_in

from . import queries, services, sheet
from .loops import ROLLCALL
from .services.calling import DRAW

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_GET
@signed_in
def rollcalls(request: HttpRequest) -> HttpResponse:
    """What I have to answer, then the roll calls that I may see, then the plans."""
    ctx = ctx_of(request)
    found = paged(request.GET, queries.rollcalls(ctx), PAGE)
    counts = queries.tallies(ctx, found.rows)
    may_draw = bool(ctx.paths(DRAW))
    return render(request, "command/rollcalls.html", {
        "mine": [{"answer": a, "actions": actions(ctx, a), "phase": phase(a, ctx.now())} for a in queries.my_answers(ctx)],
        "rows": [{"call": c, "tally": counts.get(c.pk, queries.Tally()), "phase": phase(c, ctx.now())} for c in found.rows],
        "page": found.page, "more": found.more, "may_draw": may_draw, "plans": queries.plans(ctx) if may_draw else [],
        "rule": rollcall_rule(), "is_exercise": ctx.is_exercise,
    })  # fmt: skip


@require_GET
@signed_in
def rollcall(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One roll call: for a unit its own answer in one press, for whoever asked the result as it stands."""
    ctx = ctx_of(request)
    found: RollCall = RollCall.objects.get_visible(ctx, pk=pk)
    answers = queries.answers_of(ctx, found)
    proof = queries.proofs(answers, found)
    rows = []
    for a in answers:
        mine = bool(ctx.keys & set(a.owner_keys)) and a.state in ("asked", "absent")
        rows.append({
            "answer": a, "mine": mine, "phase": phase(a, ctx.now()), "actions": actions(ctx, a) if a.is_open else [],
            "proof": [sheet.proof_line(d) for d in proof.get(a.pk, [])], "means": sheet.means_label(a.means),
            "seconds": int((a.answered_at - a.opened_at).total_seconds()) if a.answered_at else None,
        })  # fmt: skip
    caller = any(ctx.holds(role, found.scope) for role in found.callers)
    return render(request, "command/rollcall.html", {
        "call": found, "rows": [r for r in rows if not r["mine"]], "mine": [r for r in rows if r["mine"]],
        "tally": queries.tallies(ctx, [found]).get(found.pk, queries.Tally()), "actions": actions(ctx, found),
        "may_chase": caller and any(a.state in ("asked", "absent") for a in answers), "caller": caller,
        "record": found, "loop": ROLLCALL, "phase": phase(found, ctx.now()), "rule": rollcall_rule(),
        "history": entries_of(ROLLCALL.key, found.pk, names=evidence_names(ROLLCALL)) if caller else [],
        "is_exercise": ctx.is_exercise,
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@need(DRAW)
def new_rollcall(request: HttpRequest) -> HttpResponse:
    """Draw one up by hand."""
    ctx, given = ctx_of(request), request.POST
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            made = services.draw_rollcall(
                ctx, title=given.get("title", ""), text=given.get("text", ""), organisations=given.getlist("organisations"),
                answer_min=whole(given.get("answer_min", ""), "answer_min"),
            )  # fmt: skip
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
        else:
            return done(request, _("已发起点名"), to=made.get_absolute_url())
    page = {"groups": unit_groups(ctx, DRAW), "rule": rollcall_rule(), "given": given, "fault": fault,
            "chosen": given.getlist("organisations")}  # fmt: skip
    return render(request, "command/rollcall_new.html", page, status=fault.status if fault else 200)


@require_http_methods(["GET", "POST"])
@need(DRAW)
def new_plan(request: HttpRequest) -> HttpResponse:
    """Have roll calls drawn up by themselves."""
    ctx, given = ctx_of(request), request.POST
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            plan = services.save_plan(
                ctx, title=given.get("title", ""), organisations=given.getlist("organisations"), times=given.get("times", ""),
                jitter_min=whole(given.get("jitter_min", ""), "jitter_min") or 0, key_times=given.get("key_times", ""),
                key_from=read_day(given.get("key_from", ""), "key_from"), key_until=read_day(given.get("key_until", ""), "key_until"),
                answer_min=whole(given.get("answer_min", ""), "answer_min"),
            )  # fmt: skip
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
        else:
            at = f"{localtime(plan.next_at):%m-%d %H:%M}" if plan.next_at else ""
            return done(request, _("已设点名计划，下一次在 %(at)s") % {"at": at}, to="/rollcall/")
    page = {"groups": unit_groups(ctx, DRAW), "rule": rollcall_rule(), "given": given, "fault": fault, "plan": True,
            "chosen": given.getlist("organisations")}  # fmt: skip
    return render(request, "command/rollcall_new.html", page, status=fault.status if fault else 200)


@require_POST
@need(DRAW)
def stop_plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    services.stop_plan(ctx, plan=RollCallPlan.objects.get_visible(ctx, pk=pk))
    return done(request, _("已停用点名计划"), to="/rollcall/")


@require_POST
@signed_in
def chase(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found: RollCall = RollCall.objects.get_visible(ctx, pk=pk)
    count = services.chase(ctx, rollcall=found)
    said = _("已催 %(n)d 个未应答单位") % {"n": count} if count else _("两分钟内已催过")
    return done(request, said, to=found.get_absolute_url())


@require_GET
@signed_in
def result(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    """The result sheet, with what the person may see."""
    ctx = ctx_of(request)
    found: RollCall = RollCall.objects.get_visible(ctx, pk=pk)
    if form == "xlsx":
        return as_file(sheet.result_xlsx(ctx, found), XLSX, f"{sheet.result_title(ctx, found)}.xlsx")
    if form == "docx":
        return as_file(sheet.result_docx(ctx, found), DOCX, f"{sheet.result_title(ctx, found)}.docx")
    raise Http404


@require_GET
@need("command.rollcall.view")
def rates(request: HttpRequest) -> HttpResponse:
    """Answer rates per unit of a month, the worst first; `?month=2026-11`, `&form=xlsx` for the spreadsheet."""
    ctx = ctx_of(request)
    since, until = month_of(ctx, request.GET.get("month", ""))
    units, total = queries.rates(ctx, since, until)
    title = _("点名应答率 %(month)s") % {"month": f"{since:%Y-%m}"}
    if request.GET.get("form") == "xlsx":
        return as_file(sheet.rates_xlsx(units, total, title), XLSX, f"{title}.xlsx")
    return render(request, "command/rollcall_rates.html", {
        "units": units, "total": total, "title": title, "month": f"{since:%Y-%m}", "note": sheet.rates_note(),
        "before": f"{month_before(since):%Y-%m}", "after": f"{until:%Y-%m}" if until <= ctx.now() else "",
        "rule": rollcall_rule(),
    })  # fmt: skip


def month_of(ctx: Context, text: str) -> tuple[datetime, datetime]:
    """The month named (``2026-11``), else the present one: [first moment, first moment of the next)."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    now = localtime(ctx.now())
    year, month = (int(match[1]), int(match[2])) if match else (now.year, now.month)
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        year, month = now.year, now.month
    zone = get_default_timezone()
    return datetime(year, month, 1, tzinfo=zone), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)


def month_before(first: datetime) -> datetime:
    return first.replace(year=first.year - (first.month == 1), month=12 if first.month == 1 else first.month - 1)


def unit_groups(ctx: Context, permission: str) -> list[dict[str, Any]]:
    """Units to tick, by their kind."""
    groups: dict[str, dict[str, Any]] = {}
    for row in units_below(ctx, permission):
        group = groups.setdefault(row.kind, {"kind": row.kind, "title": row.get_kind_display(), "units": []})
        group["units"].append(row)
    return list(groups.values())


def whole(text: str, field: str) -> int | None:
    """A whole number as a person types it, full-width digits included; None when left empty. Raises BadInput."""
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 6:
        raise BadInput(_("“%(text)s”不是整数") % {"text": text[:20]}, field=field, mend=_("请填写整数"))
    return int(text)


def as_file(content: bytes, media_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["Cache-Control"] = "no-store"
    return answer
