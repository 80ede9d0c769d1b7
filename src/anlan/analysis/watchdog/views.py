"""The page that says whether the platform works, and the switch for work on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import Evidence
from anlan.kernel.worlds import REAL
from anlan.places.queries import keys_with_role, people_behind
from anlan.places.web import need
from anlan.sensing.queries import silent_devices
from anlan.sensing.refusals import refusals

from ..models import StoppedRule
from . import queries, services, showing

VIEW, DETAIL = "analysis.watchdog.view", "analysis.watchdog.detail"
MOST = 20


@require_GET
@need(VIEW)
def status(request: HttpRequest) -> HttpResponse:
    """In plain words for everybody; for administrators also what it is made of. The platform is the real one, whatever is played."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    found, measured = showing.looked_at()
    now = clock.real_now()
    shown: dict[str, Any] = {
        "summary": showing.summary(found), "checks": showing.check_rows(found), "stages": showing.stage_rows(),
        "strip": showing.strip(queries.runs_since(now - timedelta(days=1)), queries.past_upkeep(), now),
        "alarms": queries.alarms(ctx.inside(REAL), MOST), "upkeep": services.current_upkeep(), "helpers": _helpers(ctx),
        "may_maintain": bool(ctx.paths(services.MAINTAIN)), "fields": _upkeep_fields(), "detail": bool(ctx.paths(DETAIL)),
    }  # fmt: skip
    if shown["detail"]:
        real = ctx.inside(REAL)
        shown |= {
            "groups": showing.figure_groups(measured), "processes": showing.process_rows(),
            "refused": refusals(real, now - timedelta(days=1)), "silent": silent_devices(real)[:MOST],
            "stopped": StoppedRule.objects.filter(world_id=REAL, ended_at=None).order_by("since")[:MOST],
        }  # fmt: skip
    return render(request, "system/status.html", shown)


def _helpers(ctx: Context) -> list[Any]:
    """Who looks after the platform for this person: the administrators of the duty rooms over and under the person's own places."""
    mine = ctx.paths(VIEW)
    places = [p for p in services.duty_places() if any(p.startswith(m) or m.startswith(p) for m in mine)]
    return sorted(people_behind({k for p in places for k in keys_with_role("admin", p)}), key=lambda p: p.username)[:3]


def _upkeep_fields() -> tuple[Evidence, ...]:
    return (
        Evidence("reason", _("检修理由"), "text", max_length=200),
        Evidence("minutes", _("检修时长"), "int", unit=_("分钟"), minimum=1, maximum=services.LONGEST_UPKEEP_MIN),
    )


@require_POST
@need(services.MAINTAIN)
def begin_upkeep(request: HttpRequest) -> HttpResponse:
    given = request.POST.get("minutes", "").strip()
    if not given.isdecimal() or len(given) > 6:
        raise BadInput(_("检修时长要写成整数分钟"), field="minutes")
    row = services.begin_upkeep(
        request.ctx.inside(REAL),  # type: ignore[attr-defined]
        reason=request.POST.get("reason", ""), minutes=int(given),
    )  # fmt: skip
    messages.success(request, _("已开始检修：%(reason)s。到时自动恢复提醒") % {"reason": row.reason})
    return redirect("system-status")


@require_POST
@need(services.MAINTAIN)
def end_upkeep(request: HttpRequest) -> HttpResponse:
    if services.end_upkeep(request.ctx.inside(REAL)) is not None:  # type: ignore[attr-defined]
        messages.success(request, _("检修已结束，停顿会照常提醒"))
    return redirect("system-status")
