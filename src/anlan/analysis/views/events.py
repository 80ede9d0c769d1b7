"""Pages of signal events: what several stations say together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.context import Context
from anlan.kernel.loops import available_steps
from anlan.kernel.texts import whole
from anlan.kernel.web.refusals import wants_json
from anlan.places.web import signed_in

from .. import queries, services
from ..developing import developments
from ..models import Signal, SignalEvent
from .showing import context, signal_row

#: Signals of one event that its card shows; the page of the event shows all.
CARD_SHOWS = 8


def event_rows(ctx: Context, events: list[SignalEvent], *, each: int = CARD_SHOWS) -> list[dict[str, Any]]:
    """Events with their standing signals, the most severe first, each with how its figure develops."""
    found: dict[Any, list[Signal]] = {e.pk: [] for e in events}
    for signal in queries.open_signals(ctx).filter(event__in=events):
        found[signal.event_id].append(signal)
    shown = {pk: own[:each] for pk, own in found.items()}
    courses = developments(ctx, [s for own in shown.values() for s in own])
    return [_row(ctx, e, found[e.pk], shown[e.pk], courses) for e in events]


def _row(
    ctx: Context, event: SignalEvent, signals: list[Signal], shown: list[Signal], courses: dict[Any, Any]
) -> dict[str, Any]:
    waiting = [s for s in signals if s.state == "raised"]
    may = any(step.name == "acknowledge" for s in waiting[:1] for step in available_steps(ctx, s))
    # What a region says of itself sums its stations up: it is not counted beside them.
    asked = sum(s.station_id is not None for s in waiting) or len(waiting)
    lead = next((s for s in waiting if s.due_at is not None), None)
    return {
        "event": event, "rows": [{**signal_row(ctx, s), "course": courses.get(s.pk)} for s in shown],
        "more": max(0, len(signals) - len(shown)), "waiting": asked, "due": lead.due_at if lead else None,
        "doubtful": sum(s.is_doubtful for s in signals), "may_acknowledge": may and bool(waiting),
        "course": next((courses[s.pk] for s in shown if s.pk in courses), None),
        "phase": "ended" if not event.is_open else "late" if lead and lead.is_late(ctx.now()) else "waiting" if waiting else "open",
    }  # fmt: skip


@require_GET
@signed_in
def event(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One event: its course, its stations now and before, who acknowledged it."""
    ctx = context(request)
    found = SignalEvent.objects.get_visible(ctx, pk=pk)
    ended: QuerySet[Signal] = queries.ended_signals(ctx).filter(event=found)
    end = found.closed_at or ctx.now()
    points = [[t[0], t[2]] for t in found.course] + [[end.isoformat(), found.standing]]
    row = event_rows(ctx, [found], each=500)[0]
    shown = {
        **row,
        "page_row": row,
        "ended": [signal_row(ctx, s) for s in ended[:200]],
        "chart": {
            "title": _("达到标准的处数"), "unit": _("处"),
            "series": [{"name": _("处数"), "kind": "step", "points": points}],
        },
    }  # fmt: skip
    return render(request, "analysis/event.html", shown)


@require_POST
@signed_in
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The duty room has seen the whole event."""
    ctx = context(request)
    found = SignalEvent.objects.get_visible(ctx, pk=pk)
    seen = services.acknowledge_event(ctx, event=found, note=whole(request.POST.get("note", ""), 500, "note"))
    said = ngettext("已确认 %(n)d 个信号", "已确认 %(n)d 个信号", len(seen)) % {"n": len(seen)}
    if wants_json(request):
        return JsonResponse({"message": said}, json_dumps_params={"ensure_ascii": False})
    messages.success(request, said)
    return redirect(found.get_absolute_url())
