"""我的值班: what a person has to do on duty, for one hand; and the person's own calendar."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from anlan.command.models import Handover, Swap
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context, system
from anlan.kernel.errors import NotFound
from anlan.kernel.web.steps import actions
from anlan.kernel.worlds import REAL
from anlan.places.queries import person_of
from anlan.places.web import signed_in

from .. import services
from ..calendars import AHEAD, BACK, calendar_of_shifts
from ..queries import own_shifts

SHOWN_BACK, SHOWN_AHEAD = timedelta(days=14), timedelta(days=62)


@require_GET
@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    ctx = ctx_of(request)
    person = person_of(ctx)
    if person is None:
        raise NotFound()
    now = ctx.now()
    shifts = own_shifts(ctx, person, now - SHOWN_BACK, now + SHOWN_AHEAD)
    current = [
        s
        for s in shifts
        if s.state == "on_duty" or (s.state == "planned" and s.starts_at - timedelta(hours=2) <= now < s.ends_at)
    ]
    ahead = [s for s in shifts if s not in current and s.state == "planned" and s.starts_at > now]
    swaps = Swap.objects.visible_to(ctx).open().select_related("shift__region", "other", "by", "to")
    swaps = [s for s in swaps if person.pk in (s.by_id, s.to_id)]
    return render(request, "command/duty/mine.html", {
        "current": [{"shift": s, "actions": actions(ctx, s), "due": s.due_at.isoformat() if s.due_at else ""} for s in current],
        "ahead": ahead, "past": [s for s in reversed(shifts) if s not in current and s not in ahead][:20],
        "swaps": [{"swap": s, "actions": actions(ctx, s), "own": s.by_id == person.pk} for s in swaps],
        "feed": services.live_feed(person), "handover": _handover(ctx), "now": now,
        "sees_board": bool(ctx.paths("command.roster.view")),
    })  # fmt: skip


def _handover(ctx: Context) -> Handover | None:
    """The handover in work, as far as the person may see it."""
    rows = Handover.objects.visible_to(ctx).open().select_related("region", "outgoing_person")
    found: Handover | None = rows.order_by("-opened_at").first()
    return found


@never_cache
@require_POST
@signed_in
def feed(request: HttpRequest) -> HttpResponse:
    """Make a new secret address (shown once) or revoke the one there is."""
    ctx = ctx_of(request)
    if request.POST.get("do") == "revoke":
        services.revoke_feed(ctx)
        return done(request, _("已停用，原地址不再更新"), to="/duty/mine/")
    secret = services.make_feed(ctx)
    address = request.build_absolute_uri(f"/duty/calendar/{secret}.ics")
    return render(request, "command/duty/feed.html", {"address": address})


@never_cache
@require_GET
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind a secret address, for calendar programs: they sign in nowhere. Reality only."""
    person = services.person_behind(secret)
    ctx = system("calendars", world=REAL)
    now = ctx.now()
    shifts = own_shifts(ctx, person, now - BACK, now + AHEAD)
    answer = HttpResponse(calendar_of_shifts(person.name, shifts, now=now), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="duty.ics"'
    answer["X-Robots-Tag"] = "noindex"
    return answer
