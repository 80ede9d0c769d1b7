"""Pages of review: replays and past exercises, after-action reports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel import clock
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.exercises import STEER
from anlan.kernel.moments import read_moment
from anlan.kernel.services.attachments import shown_attachments
from anlan.places.web import need
from anlan.places.world_switch import enter_world

from . import queries, services
from .after_action import services as after_action
from .models import Replay
from .replay.scenario import load_scenario, scenarios


@require_GET
@need("review.replay.view")
def replays(request: HttpRequest) -> HttpResponse:
    """What can be played, what runs, what was played."""
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    rows = list(queries.replays(ctx)[:50])
    running = next((r for r in rows if r.is_open), None)
    page = {
        "scenarios": [load_scenario(s) for s in scenarios()],
        "rates": queries.RATES,
        "running": running,
        "running_now": clock.read(running.world_id).now() if running else None,
        "fed": running.fed.exclude(kind="readings").order_by("-index")[:12] if running else [],
        "past": [r for r in rows if not r.is_open],
        "may_steer": queries.may_steer(ctx),
    }
    return render(request, "review/replays.html", page)


@require_POST
@need(STEER)
def start(request: HttpRequest) -> HttpResponse:
    """Start a replay and step into it."""
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    begin = (request.POST.get("begin") or "").strip()
    replay = services.start_replay(
        ctx, scenario=request.POST.get("scenario", ""), rate=_rate(request), begin=read_moment(begin, "begin")
    )
    enter_world(ctx, request.session, replay.world_id)
    messages.success(request, _("演练已开始：%(title)s") % {"title": replay.title})
    return redirect("/")


@require_POST
@need(STEER)
def pace(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.choose_rate(request.ctx, _replay(request, pk), _rate(request))  # type: ignore[attr-defined]
    return _back(request)


@require_POST
@need(STEER)
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.end_replay(request.ctx, _replay(request, pk))  # type: ignore[attr-defined]
    messages.success(request, _("演练已结束，记录可在“演练与回放”中查看"))
    return redirect("/replay/")


@require_GET
@need("review.report.view")
def reports(request: HttpRequest) -> HttpResponse:
    """Responses and incidents of this world, with the reports that were made about them."""
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    rows = [
        {**row, "reports": [_shown(found) for found in after_action.report_sets(ctx, row["record"])]}
        for row in after_action.subjects(ctx)
    ]
    return render(request, "review/reports.html", {"rows": rows, "may_make": bool(ctx.paths("review.report.make"))})


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "brief": shown_attachments(found["brief"]), "full": shown_attachments(found["full"])}


@require_POST
@need("review.report.make")
def make_report(request: HttpRequest, kind: str, pk: UUID) -> HttpResponse:
    """One click: the report as .docx and PDF, kept with what it is about."""
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    kept = after_action.make_report(ctx, after_action.subject(ctx, kind, pk))
    messages.success(request, _("已生成《%(name)s》和全本，PDF 随后就到") % {"name": kept["brief"].name})
    return redirect("after-action")


@require_GET
@need("review.replay.view")
def band(request: HttpRequest) -> HttpResponse:
    """The pace in the band of the frame, fetched anew when it changes."""
    return render(request, "parts/exercise_controls.html", queries.controls(request.ctx))  # type: ignore[attr-defined]


def _replay(request: HttpRequest, pk: UUID) -> Replay:
    """One of the person's own places, whichever world it is looked at from; of another it is not even said that it exists."""
    found: Replay | None = queries.replays(request.ctx).filter(pk=pk).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return found


def _rate(request: HttpRequest) -> float:
    try:
        return float(request.POST.get("rate", ""))
    except ValueError:
        raise BadInput(_("请选择速度"), field="rate", mend=_("从列出的速度中选一个")) from None


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204) if "application/json" in request.headers.get("Accept", "") else redirect("/")
