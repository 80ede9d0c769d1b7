"""交接班: the list of what was handed over, and the one in work."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.models import Handover
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names
from anlan.kernel.web.steps import actions
from anlan.places.web import need

from .. import services
from ..loops import HANDOVER
from ..queries import on_duty
from .months import own_region

VIEW = "command.handover.view"
SHOWN = 60


def handover_at(ctx: Context, pk: UUID) -> Handover:
    rows = Handover.objects.select_related("region", "outgoing_person", "incoming_person", "outgoing", "incoming")
    found: Handover = rows.get_visible(ctx, pk=pk)
    return found


@require_http_methods(["GET", "POST"])
@need(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Those that were made, the one in work first; POST begins one."""
    ctx = ctx_of(request)
    here = own_region(ctx, (request.POST if request.method == "POST" else request.GET).get("region", ""), VIEW)
    if request.method == "POST":
        made = services.begin_handover(ctx, region=here)
        return done(request, _("请逐项交代后签字"), to=made.get_absolute_url())
    rows = (
        Handover.objects.visible_to(ctx)
        .filter(region=here)
        .select_related("region", "outgoing_person", "incoming_person")
    )
    return render(request, "command/duty/handovers.html", {
        "region": here, "open": rows.open().first(), "rows": list(rows.filter(closed_at__isnull=False).order_by("-opened_at")[:SHOWN]),
        "seated": on_duty(ctx, here), "may_begin": services.may_begin(ctx, here),
    })  # fmt: skip


@require_GET
@need(VIEW)
def handover(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One handover: ticked item by item by whoever leaves, read and signed by whoever comes, kept as it stood."""
    ctx = ctx_of(request)
    found = handover_at(ctx, pk)
    items = services.items_of(ctx, found)
    mine = found.outgoing_person.key == ctx.actor.key
    takes = found.state == "offered" and services.may_take(ctx, found)
    steps = [a for a in actions(ctx, found) if a["name"] in ("sign", "withdraw") or takes]
    return render(request, "command/duty/handover.html", {
        "handover": found, "groups": [(name, list(rows)) for name, rows in groupby(items, key=lambda i: i["kind_name"])],
        "count": len(items), "left": sum(not i["told"] for i in items), "takes": takes, "may_edit": mine and found.state == "drafted",
        "actions": steps, "record": found, "loop": HANDOVER, "due": found.due_at.isoformat() if found.due_at and found.is_open else "",
        "seated": found.on_duty or [
            {"seat": o.seat_name, "name": o.person.name, "since": ""} for o in on_duty(ctx, found.region)
        ],
        "history": entries_of(HANDOVER.key, found.pk, names=evidence_names(HANDOVER)),
    })  # fmt: skip


@require_POST
@need(VIEW)
def items(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ticks and words; with ``sign`` they are signed in the same breath."""
    ctx = ctx_of(request)
    found = handover_at(ctx, pk)
    given = request.POST
    words = {key.removeprefix("word:"): str(value) for key, value in given.items() if key.startswith("word:")}
    services.mark_items(
        ctx, handover=found, told=set(given.getlist("told")), words=words, remarks=given.get("remarks", "")
    )
    if given.get("sign"):
        take_step(ctx, found, "sign", {})
        return done(request, _("已签字，等接班人签字"), to=found.get_absolute_url())
    return done(request, _("已保存"), to=found.get_absolute_url())
