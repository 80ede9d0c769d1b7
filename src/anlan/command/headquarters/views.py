"""The chart of headquarters, and setting them up from a pattern."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command.data.headquarters import patterns
from anlan.command.views.answers import ctx_of, done
from anlan.places.queries import region_at
from anlan.places.web import need

from . import queries, services

VIEW = "command.headquarters.view"


@require_GET
@need(VIEW)
def chart(request: HttpRequest) -> HttpResponse:
    """Every body with who holds each seat now; seats that nobody holds are said first."""
    ctx = ctx_of(request)
    shown = queries.chart(ctx)
    groups = [
        {"kind": kind, "title": label, "bodies": [s for s in shown if s.body.kind == kind]}
        for kind, label in (
            ("general", _("总指挥部")), ("special", _("专项指挥部")), ("commission", _("委员会")), ("sub", _("街道分指挥部")),
        )
    ]  # fmt: skip
    used = next((patterns().templates[s.body.template] for s in shown if s.body.template in patterns().templates), None)
    paths = [] if ctx.is_exercise else [p for p in ctx.paths(services.CHANGE)]
    region = region_at(paths[0]) if paths else None
    return render(request, "command/headquarters.html", {
        "groups": [g for g in groups if g["bodies"]], "count": len(shown), "used": used,
        "unsettled": [s for s in shown if not s.body.settled],
        "empty": [seat for s in shown for seat in s.empty if seat.seat.rank < queries.MEMBERS_FROM], "region": region,
        "templates": list(patterns().templates.values()) if region and used is None else [],
    })  # fmt: skip


@require_POST
@need(services.CHANGE)
def set_up(request: HttpRequest) -> HttpResponse:
    made = services.set_up_headquarters(
        ctx_of(request), template=request.POST.get("template", ""), region=request.POST.get("region", "")
    )
    said = _("已设置 %(n)d 个机构、%(m)d 个席位，其中 %(k)d 个席位尚未明确岗位")
    return done(request, said % {"n": made.bodies, "m": made.seats, "k": made.empty}, to=reverse("headquarters"))
