"""Pages of circulars: what I have to read or do, the list, one with its receipts, taking one in, sending one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.models import Circular, CircularReceipt, Incident
from anlan.command.rollcall.views import unit_groups
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.moments import read_moment
from anlan.kernel.paging import paged
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.web import need, signed_in

from . import queries, services
from .loops import CIRCULAR, HOW

PAGE = 50


@require_GET
@signed_in
def circulars(request: HttpRequest) -> HttpResponse:
    """What I have to read and to do, then every circular that I may see."""
    ctx = ctx_of(request)
    found = paged(request.GET, queries.circulars(ctx), PAGE)
    counts = queries.tallies(ctx, found.rows)
    return render(request, "command/circulars.html", {
        "mine": [{"receipt": r, "actions": actions(ctx, r), "phase": phase(r, ctx.now())} for r in queries.my_receipts(ctx)],
        "rows": [{"circular": c, "tally": counts.get(c.pk, queries.ReceiptTally()), "phase": phase(c, ctx.now())} for c in found.rows],
        "page": found.page, "more": found.more, "may_send": bool(ctx.paths(services.SEND)),
        "may_receive": bool(ctx.paths(services.RECEIVE)),
    })  # fmt: skip


@require_GET
@signed_in
def circular(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One circular with its original: for a unit its own receipt, for whoever sent it all of them, the unread on top."""
    ctx = ctx_of(request)
    found: Circular = Circular.objects.select_related("incident").get_visible(ctx, pk=pk)
    receipts = queries.receipts_of(ctx, found)
    sender = any(ctx.holds(role, found.scope) for role in found.senders)
    rows = [
        {
            "receipt": r, "mine": bool(ctx.keys & set(r.owner_keys)) and r.state in ("sent", "read"), "phase": phase(r, ctx.now()),
            "actions": actions(ctx, r) if r.is_open else [], "how": dict(HOW).get(r.read_how, ""),
            "files": shown_attachments(attachments_of(ctx, object_type="command.circular_receipt", object_id=r.pk)) if r.done_at else [],
        }
        for r in receipts
    ]  # fmt: skip
    incident = Incident.objects.visible_to(ctx).filter(pk=found.incident_id).first() if found.incident_id else None
    return render(request, "command/circular.html", {
        "circular": found, "mine": [r for r in rows if r["mine"]], "rows": [r for r in rows if not r["mine"]], "sender": sender,
        "tally": queries.tallies(ctx, [found]).get(found.pk, queries.ReceiptTally()), "incident": incident,
        "originals": shown_attachments(attachments_of(ctx, object_type=CIRCULAR.key, object_id=found.pk)),
        "actions": actions(ctx, found), "may_chase": sender and any(r.state in ("sent", "read") for r in receipts),
        "groups": _groups_left(ctx, receipts) if sender and found.is_open else [], "record": found, "loop": CIRCULAR,
        "phase": phase(found, ctx.now()),
        "history": entries_of(CIRCULAR.key, found.pk, names=evidence_names(CIRCULAR)) if sender else [],
    })  # fmt: skip


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The panel on an incident's page: what came and went about it, and who has not read."""
    ctx = ctx_of(request)
    incident: Incident = Incident.objects.get_visible(ctx, pk=pk)
    rows = queries.of_incident(ctx, incident)
    counts = queries.tallies(ctx, rows)
    return render(request, "command/circulars_panel.html", {
        "rows": [{"circular": c, "tally": counts.get(c.pk, queries.ReceiptTally()), "phase": phase(c, ctx.now())} for c in rows],
        "incident": incident, "may_send": bool(ctx.paths(services.SEND)) and incident.is_open,
        "may_receive": bool(ctx.paths(services.RECEIVE)),
    })  # fmt: skip


def _groups_left(ctx: Context, receipts: list[CircularReceipt]) -> list[dict[str, Any]]:
    """Units that have not got it."""
    there = {r.organisation_id for r in receipts}
    groups = unit_groups(ctx, services.SEND)
    for group in groups:
        group["units"] = [u for u in group["units"] if u.pk not in there]
    return [group for group in groups if group["units"]]


@require_http_methods(["GET", "POST"])
@need(services.RECEIVE)
def register(request: HttpRequest) -> HttpResponse:
    """Take in what came from above."""
    ctx, given = ctx_of(request), request.POST
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            made = services.register_circular(
                ctx, title=given.get("title", ""), kind=given.get("kind", ""), issuer=given.get("issuer", ""),
                text=given.get("text", ""), number=given.get("number", ""), urgency=given.get("urgency", "normal"),
                means=given.get("means", "typed"), done_by=read_moment(given.get("done_by", ""), "done_by"),
                incident=_incident(ctx, given.get("incident", "")), files=request.FILES.getlist("files"),
            )  # fmt: skip
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
        else:
            return done(request, _("已登记，请转发、登记办结或归档"), to=made.get_absolute_url())
    return _form(request, ctx, fault, from_above=True)


@require_http_methods(["GET", "POST"])
@need(services.SEND)
def issue(request: HttpRequest) -> HttpResponse:
    """Write one and send it to units."""
    ctx, given = ctx_of(request), request.POST
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            made = services.issue_circular(
                ctx, title=given.get("title", ""), kind=given.get("kind", ""), organisations=given.getlist("organisations"),
                text=given.get("text", ""), number=given.get("number", ""), urgency=given.get("urgency", "normal"),
                read_by=read_moment(given.get("read_by", ""), "read_by"), done_by=read_moment(given.get("done_by", ""), "done_by"),
                incident=_incident(ctx, given.get("incident", "")), files=request.FILES.getlist("files"),
            )  # fmt: skip
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
        else:
            return done(request, _("已发出"), to=made.get_absolute_url())
    return _form(request, ctx, fault, from_above=False)


def _form(request: HttpRequest, ctx: Context, fault: BadInput | None, *, from_above: bool) -> HttpResponse:
    page = {
        "from_above": from_above, "given": request.POST or request.GET, "fault": fault, "kinds": Circular.Kind.choices,
        "urgencies": Circular.Urgency.choices, "groups": [] if from_above else unit_groups(ctx, services.SEND),
        "means": [(v, label) for v, label in Circular.Means.choices if v != Circular.Means.INTERFACE],
        "chosen": request.POST.getlist("organisations"),
        "incidents": Incident.objects.visible_to(ctx).open().order_by("-opened_at")[:30],
    }  # fmt: skip
    return render(request, "command/circular_new.html", page, status=fault.status if fault else 200)


def _incident(ctx: Context, pk: str) -> Incident | None:
    return Incident.objects.get_visible(ctx, pk=pk) if pk else None


@require_POST
@signed_in
def pass_on(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send it to (further) units."""
    ctx, given = ctx_of(request), request.POST
    found: Circular = Circular.objects.get_visible(ctx, pk=pk)
    services.pass_on(
        ctx, circular=found, organisations=given.getlist("organisations"), read_by=read_moment(given.get("read_by", ""), "read_by"),
        done_by=read_moment(given.get("done_by", ""), "done_by"),
    )  # fmt: skip
    return done(request, _("已发往所选单位"), to=found.get_absolute_url())


@require_POST
@signed_in
def hand_to(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send a receipt on to another unit: the first was merged, or the matter is not its own."""
    ctx, given = ctx_of(request), request.POST
    receipt: CircularReceipt = CircularReceipt.objects.select_related("circular").get_visible(ctx, pk=pk)
    services.hand_to(ctx, receipt=receipt, organisation=given.get("organisation", ""), reason=given.get("reason", ""))
    return done(request, _("已改送"), to=receipt.circular.get_absolute_url())


@require_POST
@signed_in
def chase(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found: Circular = Circular.objects.get_visible(ctx, pk=pk)
    count = services.chase_unread(ctx, circular=found)
    said = _("已催 %(n)d 个单位") % {"n": count} if count else _("五分钟内已催过")
    return done(request, said, to=found.get_absolute_url())
