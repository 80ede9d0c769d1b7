"""Pages of cooperation: the board, a partner with its agreements, asking, one request with its clock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.models import Agreement, CooperationRequest, Incident, Partner, Response
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import new_number, number_of
from anlan.kernel.moments import read_moment
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.web import need, signed_in

from . import queries, services
from .loops import AGREEMENT, MEANS, REQUEST

ENDED_SHOWN = 30


@require_GET
@signed_in
def board(request: HttpRequest) -> HttpResponse:
    """Open requests first, then the partners of the four mechanisms, then what agreements are owed. A partner sees its own requests."""
    ctx = ctx_of(request)
    rows = list(queries.requests(ctx).open().order_by("due_at", "opened_at"))
    kinds = [
        {"kind": kind, "title": label, "partners": [p for p in cards if p["partner"].kind == kind]}
        for cards in (_cards(ctx, list(queries.partners(ctx))),)
        for kind, label in Partner.Kind.choices
    ]
    owed = list(queries.agreements(ctx).open().filter(state="reviewing"))
    return render(request, "command/cooperation.html", {
        "rows": [{"row": r, "phase": phase(r, ctx.now())} for r in rows], "kinds": kinds, "owed": owed,
        "any": any(k["partners"] for k in kinds), "knows": bool(ctx.paths(Partner.view_permission)),
        "ended": list(queries.requests(ctx).filter(closed_at__isnull=False).order_by("-closed_at")[:ENDED_SHOWN]),
    })  # fmt: skip


def _cards(ctx: Context, rows: list[Partner]) -> list[dict[str, Any]]:
    people, fast = queries.contacts(ctx, rows), queries.speeds(ctx, rows)
    agreed: dict[Any, list[Agreement]] = {}
    for one in queries.agreements(ctx).open().filter(partner__in=rows):
        agreed.setdefault(one.partner_id, []).append(one)
    return [
        {"partner": row, "contacts": people.get(row.pk, []), "speed": fast.get(row.pk),
         "agreements": [{"row": a, "holds": a.holds(ctx.now())} for a in agreed.get(row.pk, [])]}
        for row in rows
    ]  # fmt: skip


@require_GET
@signed_in
def partner(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One partner: how it is reached, what it promised, what it was asked for and how fast it really was."""
    ctx = ctx_of(request)
    found = queries.partner(ctx, pk)
    rows = list(queries.requests(ctx).filter(partner=found).order_by("-opened_at")[: queries.LOOKED_BACK])
    agreed = list(queries.agreements(ctx).filter(partner=found))
    return render(request, "command/cooperation_partner.html", {
        "partner": found, "contacts": queries.contacts(ctx, [found]).get(found.pk, []),
        "speed": queries.speed_of(rows, ctx.now()) if rows else None, "requests": rows,
        "agreements": [{"row": a, "holds": a.holds(ctx.now()), "phase": phase(a, ctx.now())} for a in agreed],
        "may_change": ctx.may(services.AGREE, found.scope) and not ctx.is_exercise,
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def new_agreement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record what was agreed, with its paper."""
    ctx = ctx_of(request)
    found = queries.partner(ctx, pk)
    ctx.require(services.AGREE, found.scope)
    given, fault = request.POST, None
    if request.method == "POST":
        try:
            made = services.record_agreement(
                ctx, partner=found, subject=given.get("subject", ""), promise=given.get("promise", ""),
                signed_on=given.get("signed_on", ""), valid_until=given.get("valid_until", ""), answer_min=given.get("answer_min", ""),
                arrive_min=given.get("arrive_min", ""), papers=request.FILES.getlist("papers"), request=number_of(given.get("request")),
            )  # fmt: skip
            return done(request, _("协议已登记"), to=made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    shown = {"partner": found, "given": given, "fault": fault, "number": given.get("request") or new_number()}
    return render(request, "command/cooperation_agreement_new.html", shown, status=fault.status if fault else 200)


@require_GET
@signed_in
def agreement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One agreement: the promise, its paper, exercises held, the review."""
    ctx = ctx_of(request)
    found = queries.agreement(ctx, pk)
    return render(request, "command/cooperation_agreement.html", {
        "request_id": new_number(), "found": found, "holds": found.holds(ctx.now()), "phase": phase(found, ctx.now()),
        "actions": [] if ctx.is_exercise else actions(ctx, found),
        "may_change": found.is_open and ctx.may(services.AGREE, found.scope) and not ctx.is_exercise,
        "attachments": shown_attachments(attachments_of(ctx, object_type=AGREEMENT.key, object_id=found.pk)),
        "history": entries_of(AGREEMENT.key, found.pk, names=evidence_names(AGREEMENT)),
    })  # fmt: skip


@require_POST
@signed_in
def drill(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A joint exercise was held."""
    ctx = ctx_of(request)
    found = queries.agreement(ctx, pk)
    services.record_drill(
        ctx,
        agreement=found,
        on=request.POST.get("on", ""),
        text=request.POST.get("text", ""),
        request=number_of(request.POST.get("request")),
    )
    return done(request, _("联合演练已记录"), to=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
@need(services.ASK)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a partner: `?incident=` or `?response=`, with `?partner=` chosen already."""
    ctx = ctx_of(request)
    given = request.POST if request.method == "POST" else request.GET
    incident = Incident.objects.get_visible(ctx, pk=given["incident"]) if given.get("incident") else None
    response = Response.objects.get_visible(ctx, pk=given["response"]) if given.get("response") else None
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            if not given.get("partner"):
                raise BadInput(_("没有选协同伙伴"), field="partner", mend=_("请从列出的伙伴中选择"))
            made = services.ask_partner(
                ctx, partner=queries.partner(ctx, given["partner"]), what=given.get("what", ""), amount=given.get("amount", ""),
                place=given.get("place", ""), until=read_moment(given.get("until", ""), "until"), authority=given.get("authority", ""),
                incident=incident, response=response, request=number_of(given.get("request")),
            )  # fmt: skip
            said = _("请求已发给%(who)s") if made.owner_keys else _("已登记，请马上电话联系%(who)s并代记答复")
            return done(request, said % {"who": made.partner}, to=made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    about = incident or response
    choices = _cards(ctx, queries.askable(ctx, about.scope)) if about else []
    return render(request, "command/cooperation_ask.html", {
        "incident": incident, "response": response, "about": about, "given": given, "fault": fault, "choices": choices,
        "kinds": [(label, [c for c in choices if c["partner"].kind == kind]) for kind, label in Partner.Kind.choices],
        "open": [] if about else list(Incident.objects.visible_to(ctx).open().order_by("-received_at")[:20]),
        "number": given.get("request") or new_number(), "place": given.get("place") or (incident.place if incident else ""),
    }, status=fault.status if fault else 200)  # fmt: skip


@require_GET
@signed_in
def request_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what, where, until when, by whose authority, and how far it has come. The partner sees it too."""
    ctx = ctx_of(request)
    found = queries.request(ctx, pk)
    whole = ctx.may(CooperationRequest.view_permission, found.scope)
    return render(request, "command/cooperation_request.html", {
        "found": found, "phase": phase(found, ctx.now()), "actions": actions(ctx, found), "whole": whole,
        "means": dict(MEANS).get(found.means, _("平台") if found.means == "app" else ""),
        "contacts": queries.contacts(ctx, [found.partner]).get(found.partner_id, []) if whole else [],
        "history": entries_of(REQUEST.key, found.pk, names=evidence_names(REQUEST)) if whole else [],
    })  # fmt: skip


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The card of cooperation on an incident's page."""
    ctx = ctx_of(request)
    incident = Incident.objects.get_visible(ctx, pk=pk)
    rows = [{"row": r, "phase": phase(r, ctx.now())} for r in queries.requests_of(ctx, incident)]
    may_ask = incident.is_open and ctx.may(services.ASK, incident.scope)
    return render(request, "command/cooperation_panel.html", {"rows": rows, "incident": incident, "may_ask": may_ask})
