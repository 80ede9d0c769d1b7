"""The card on an incident's page, and the press that gives it out."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command.queries.incidents import incident
from anlan.command.views.answers import ctx_of, done
from anlan.places.web import signed_in

from ..instructions.addressing import order_paths
from .queries import incident_card, waters_of
from .services import issue_kind_card


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The card of the incident's kind with what became of each step, and the handbook beside it: a fragment."""
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    return render(request, "command/kind_card_panel.html", {
        "incident": found, "shown": incident_card(ctx, found), "may_issue": found.is_open and bool(order_paths(ctx)),
        "waters": waters_of(ctx, found),
    })  # fmt: skip


@require_POST
@signed_in
def issue(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    made = issue_kind_card(ctx, incident=found, card=request.POST.get("card", ""))
    return done(request, _("已下发 %(n)d 步") % {"n": len(made)}, to=found.get_absolute_url())
