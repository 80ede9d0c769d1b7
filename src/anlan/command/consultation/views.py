"""Pages of consultations: the list, calling one, one of them with its material, views, conclusion and minutes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.models import Consultation, Incident
from anlan.command.services.papers import district_path
from anlan.command.units import units_to_ask
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import new_number, number_of
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.papers import paper_answer
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.queries import region_at
from anlan.places.web import need, signed_in

from . import queries, services
from .loops import CONSULTATION, CONVENERS
from .papers import minutes_paper


@require_GET
@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """Proposed and running ones first, then those that were concluded."""
    ctx = ctx_of(request)
    running = list(queries.consultations(ctx).open().order_by("-opened_at"))
    return render(request, "command/consultations.html", {
        "rows": [{"row": c, "phase": phase(c, ctx.now())} for c in running], "may_convene": bool(ctx.paths(services.CONVENE)),
        "ended": list(queries.consultations(ctx).filter(closed_at__isnull=False).order_by("-closed_at")[:50]),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@need(services.CONVENE)
def new(request: HttpRequest) -> HttpResponse:
    """Call one: `?incident=`, `?about=` a signal or warning (``loop:id``), or `?proposed=` for one that the platform proposed."""
    ctx = ctx_of(request)
    given = request.POST if request.method == "POST" else request.GET
    incident = Incident.objects.get_visible(ctx, pk=given["incident"]) if given.get("incident") else None
    proposed = queries.consultation(ctx, given["proposed"]) if given.get("proposed") else None
    about = queries.subject(ctx, given["about"]) if given.get("about") else None
    named, region = (str(about.headline)[:120], region_at(district_path(about.scope))) if about else ("", None)
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            made = services.convene_consultation(
                ctx, title=given.get("title", ""), reason=given.get("reason", ""), incident=incident, proposed=proposed,
                region=region, about=(about.loop.key, str(about.pk), about.get_absolute_url()) if about else ("", "", ""),
                organisations=request.POST.getlist("organisations"), experts=request.POST.getlist("experts"),
                meeting_url=given.get("meeting_url", ""), request=number_of(given.get("request")),
            )  # fmt: skip
            return done(request, _("会商已召集，材料已汇集"), to=made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    title = given.get("title") or (
        proposed.title
        if proposed
        else _("%(title)s会商") % {"title": incident.title if incident else named}
        if incident or about
        else ""
    )
    shown = {
        "incident": incident,
        "proposed": proposed,
        "about": given.get("about", ""),
        "given": given,
        "fault": fault,
        "title": title,
        "number": given.get("request") or new_number(),
        **_choices(ctx),
    }
    shown["chosen"] = request.POST.getlist("organisations")
    return render(request, "command/consultation_new.html", shown, status=fault.status if fault else 200)


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One consultation. A department sees the material and its own view; the convener sees everybody's."""
    ctx = ctx_of(request)
    found = queries.consultation(ctx, pk)
    views = [
        {"view": v, "actions": actions(ctx, v), "phase": phase(v, ctx.now())} for v in queries.views_of(ctx, found)
    ]
    followed = queries.followed(ctx, found)
    whole = ctx.may(Consultation.view_permission, found.scope)
    runs = any(ctx.holds(role, found.scope) for role in CONVENERS)
    return render(request, "command/consultation.html", {
        "found": found, "views": views, "actions": actions(ctx, found), "phase": phase(found, ctx.now()), "runs": runs, "whole": whole,
        "followed": followed, "undone": sum(1 for f in followed if f["task"] and f["task"].is_open),
        "history": entries_of(CONSULTATION.key, found.pk, names=evidence_names(CONSULTATION)) if whole else [],
        **(_choices(ctx) if runs else {}),
    })  # fmt: skip


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The card of consultations on an incident's page."""
    ctx = ctx_of(request)
    incident = Incident.objects.get_visible(ctx, pk=pk)
    rows = list(queries.consultations(ctx).filter(incident=incident).order_by("-opened_at"))
    may_convene = incident.is_open and any(incident.scope.startswith(path) for path in ctx.paths(services.CONVENE))
    return render(
        request, "command/consultations_panel.html", {"rows": rows, "incident": incident, "may_convene": may_convene}
    )


@require_POST
@signed_in
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask more departments and experts."""
    ctx = ctx_of(request)
    found = queries.consultation(ctx, pk)
    made = services.ask_participants(
        ctx,
        consultation=found,
        organisations=request.POST.getlist("organisations"),
        experts=request.POST.getlist("experts"),
    )
    return done(request, _("已邀请 %(n)d 方") % {"n": len(made)}, to=found.get_absolute_url())


@require_POST
@signed_in
def guide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Point-to-point guidance as tasks."""
    ctx = ctx_of(request)
    found = queries.consultation(ctx, pk)
    minutes = request.POST.get("minutes", "")
    made = services.give_guidance(
        ctx, consultation=found, text=request.POST.get("text", ""), organisations=request.POST.getlist("organisations"),
        minutes=int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else 0,
        request=number_of(request.POST.get("request")),
    )  # fmt: skip
    return done(request, _("已下达 %(n)d 项任务") % {"n": len(made)}, to=found.get_absolute_url())


@require_GET
@signed_in
def minutes(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    """The minutes as a paper, for who sees the whole of it."""
    ctx = ctx_of(request)
    found = queries.consultation(ctx, pk)
    ctx.require(Consultation.view_permission, found.scope)
    return paper_answer(minutes_paper(found, queries.views_of(ctx, found)), form)


def _choices(ctx: Context) -> dict[str, Any]:
    units = units_to_ask(ctx.paths(services.CONVENE))
    return {"units": units, "experts": list(queries.experts(ctx)[:200])}
