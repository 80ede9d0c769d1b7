"""One body in one place, in quiet times and in a crisis: who belongs to it, what it goes by, what it has in hand, what it can send."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.meetings import queries as meetings
from anlan.command.models import Headquarters, Incident, Response, SitePost, Task
from anlan.command.models.task import serving
from anlan.command.responses.queries import RUNNING, task_counts
from anlan.command.views.answers import ctx_of
from anlan.decision.data.response_levels import shipped_plans
from anlan.decision.queries import plans, plans_in_force
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.ledgers import ledger_of
from anlan.places.queries import region_at
from anlan.places.web import need
from anlan.warning.queries import in_force_at

from .queries import bodies, concern_names, seats_of

#: Ledgers of what a command can send or use, counted in its region.
RESOURCES = (
    "registry.team",
    "registry.equipment",
    "registry.warehouse",
    "registry.stock_line",
    "registry.shelter",
    "command.expert",
)
MOST = 20


def hazards_of(body: Headquarters) -> list[str]:
    """Hazards of response_levels whose headquarters this is."""
    return sorted({plan.hazard for plan in shipped_plans() if plan.hq in body.concerns})


def kinds_of(body: Headquarters) -> list[str]:
    """Event codes of the incidents that belong to it."""
    return [code for code, kind in shipped_kinds().kinds.items() if kind.hq in body.concerns]


def in_hand(ctx: Context, body: Headquarters) -> dict[str, Any]:
    """What it has in hand now, as far as this person may see it: responses, incidents, scenes, tasks. A street's body and the general
    one look after everything in their place."""
    everything = body.kind in ("general", "sub")
    responses = Response.objects.visible_to(ctx).open().filter(scope__startswith=body.scope).select_related("region")
    incidents = Incident.objects.visible_to(ctx).open().filter(scope__startswith=body.scope).select_related("region")
    if not everything:
        responses = responses.filter(hazard__in=hazards_of(body))
        incidents = incidents.filter(kind__in=kinds_of(body))
    running, open_ones = (
        list(responses.order_by("level_number", "-started_at")[:MOST]),
        incidents.order_by("-received_at", "pk"),
    )
    posts = (
        SitePost.objects.visible_to(ctx)
        .open()
        .filter(incident__in=open_ones.values("pk"))
        .select_related("incident")
        .defer("layouts")
    )
    tasks = Task.objects.visible_to(ctx).open().filter(state__in=RUNNING)
    mine = tasks.filter(incident__in=open_ones.values("pk"))
    for one in running:
        mine = mine | tasks.filter(serving(one))
    counts = task_counts(ctx, running)
    return {
        "responses": [{"row": r, "counts": counts.get(r.pk)} for r in running],
        "incidents": list(open_ones[:MOST]), "incident_count": open_ones.count(),
        "posts": list(posts.order_by("-opened_at")[:MOST]), "task_count": mine.distinct().count(),
        "late": list(mine.filter(due_at__lte=ctx.now()).distinct().select_related("organisation").order_by("due_at", "pk")[:MOST]),
    }  # fmt: skip


def resources(ctx: Context, body: Headquarters) -> list[dict[str, Any]]:
    """Counts by ledger in the body's region, of the ledgers that this person may open."""
    found = []
    for key in RESOURCES:
        ledger = ledger_of(key)
        if not ctx.paths(f"{key}.view"):
            continue
        rows = ledger.model.objects.visible_to(ctx).filter(retired_at=None, scope__startswith=body.scope)
        found.append({"key": key, "title": ledger.title, "count": rows.count()})
    return found


@require_GET
@need("command.headquarters.view")
def page(request: HttpRequest, pk: Any) -> HttpResponse:
    """The page of one body. Raises NotFound for one that is not this person's to see."""
    ctx = ctx_of(request)
    body = bodies(ctx).select_related("office").filter(pk=pk).first()
    if body is None:
        raise NotFound()
    region = region_at(body.scope)
    hazards = hazards_of(body)
    seats = seats_of(ctx, [body]).get(body.pk, [])
    known = plans_in_force(region) if region else []
    may_read = set(plans(ctx).filter(pk__in=[p.pk for p in known]).values_list("pk", flat=True))
    office = body.office
    beside = bodies(ctx).filter(office=office).exclude(pk=body.pk) if office else []
    return render(request, "command/headquarters_body.html", {
        "body": body, "concerns": concern_names(body.concerns), "seats": seats, "empty": [s for s in seats if s.empty],
        "beside": list(beside), "hand": in_hand(ctx, body), "resources": resources(ctx, body),
        "plans": [p for p in known if p.pk in may_read and (p.hazard in hazards or body.kind == "general")],
        "warnings": in_force_at(ctx, region)[:MOST] if region else [],
        "meetings": list(meetings.meetings(ctx).filter(headquarters=body).order_by("-starts_at")[:8]),
        "undone": meetings.followed(ctx, meetings.decisions(ctx, body=body, undone=True)[:MOST]),
        "may_call": meetings.may_run(ctx, body),
    })  # fmt: skip
