"""Day sheets as pages: the list and a new one, the whole sheet, one unit's line to fill in on a phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.models import SheetLine
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.moments import read_moment
from anlan.kernel.web.loops import record_context
from anlan.kernel.web.papers import paper_answer
from anlan.kernel.web.refusals import wants_json
from anlan.places.web import need, signed_in

from . import queries, services
from .forms import forms_of
from .loops import DUTY
from .papers import sheet_paper
from .services.sheets import askable
from .views import day_of

ASK, VIEW = "command.day_sheet.ask", "command.day_sheet.view"
PAGE = 60


@require_GET
@need("command.day_sheet.fill")
def listing(request: HttpRequest) -> HttpResponse:
    """What this person's unit is asked to fill in, and the sheets that the person may see whole."""
    ctx = ctx_of(request)
    region = queries.own_region(ctx, ASK)
    return render(request, "command/sheets.html", {
        "own": list(queries.own_lines(ctx)[:PAGE]), "rows": list(queries.sheets(ctx)[:PAGE]), "region": region, "may": region is not None,
        "forms": list(forms_of(region).values()) if region else [], "units": askable(region) if region else [],
        "today": localtime(ctx.now()).date(),
        "whole": bool(ctx.paths(VIEW)),
    })  # fmt: skip


@require_POST
@need(ASK)
def open_sheet(request: HttpRequest) -> HttpResponse:
    ctx = ctx_of(request)
    region = queries.own_region(ctx, ASK)
    if region is None:
        raise NotFound()
    given = request.POST
    made = services.open_sheet(
        ctx, region=region, form=given.get("form", ""), day=day_of(given.get("day", "")), units=given.getlist("units"),
        wanted_at=read_moment(given.get("wanted_at", ""), "wanted_at"), occasion=given.get("occasion", ""), remark=given.get("remark", ""),
    )  # fmt: skip
    return done(request, _("已发起，各单位已收到通知"), to=made.get_absolute_url())


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The sheet: who has not filled in on top, figures by unit, totals with those of the sheet before."""
    ctx = ctx_of(request)
    found = queries.sheet(ctx, pk)
    rows = queries.lines_of(found)
    context = {
        **{k: v for k, v in record_context(ctx, found).items() if k != "where"},
        "sheet": found, "lines": [{"line": r, "cells": [r.said(f) for f in found.form] if r.state == "filled" else []} for r in rows],
        "totals": queries.totals(found, rows, queries.totals_before(ctx, found)), "before": queries.sheet_before(ctx, found),
        "filled": sum(r.state == "filled" for r in rows), "owed": sum(r.state == "asked" for r in rows),
        "may_chase": ctx.may(ASK, found.scope) and found.is_open and any(r.state == "asked" for r in rows),
    }  # fmt: skip
    return render(request, "command/sheet.html", context)


@require_POST
@need(ASK)
def chase(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.sheet(ctx, pk)
    n = services.chase_missing(ctx, found)
    said = _("已催 %(n)d 个单位") % {"n": n} if n else _("刚刚已经催过")
    return done(request, said, to=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
@signed_in
def line(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One unit's line: a form in one column, made for a phone. A refusal keeps what was typed."""
    ctx = ctx_of(request)
    found = queries.line(ctx, pk)
    given: Any = None
    error: BadInput | None = None
    if request.method == "POST":
        given = request.POST
        try:
            services.fill_line(
                ctx, found, {f["name"]: given.get(f["name"], "") for f in found.sheet.form}, how=given.get("how", "")
            )
            return done(request, _("已填报"), to=found.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            error = wrong
    return render(
        request,
        "command/sheet_line.html",
        _line_context(ctx, found, given, error),
        status=error.status if error else 200,
    )


def _line_context(ctx: Any, found: SheetLine, given: Any, error: BadInput | None) -> dict[str, Any]:
    own = bool(ctx.keys & set(found.owner_keys))
    duty = any(ctx.holds(role, found.sheet.scope) for role in DUTY)
    open_to = (found.sheet.is_open and (own or duty)) or (duty and found.sheet.state == "closed")
    fields = [
        {**f, "typed": given.get(f["name"], "") if given is not None else _typed(found.values.get(f["name"])),
         "fault": error.message if error and error.field == f["name"] else "",
         "mend": error.mend if error and error.field == f["name"] else ""}
        for f in found.sheet.form
    ]  # fmt: skip
    return {
        "line": found, "sheet": found.sheet, "fields": fields, "may": open_to and found.state != "dropped", "by_hand": not own,
        "error": error,
        "how": given.get("how", "") if given is not None else found.how, "late": found.is_late(ctx.now()),
        "how_fault": error.message if error and error.field == "how" else "",
    }  # fmt: skip


def _typed(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


@require_GET
@signed_in
def document(request: HttpRequest, pk: UUID, ending: str) -> HttpResponse:
    """The sheet as it stands, as .docx or PDF."""
    ctx = ctx_of(request)
    found = queries.sheet(ctx, pk)
    return paper_answer(sheet_paper(ctx, found), ending, str(found))
