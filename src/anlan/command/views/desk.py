"""The duty desk 值班台: what came in, what is due, what is at hand."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, UUIDField, Window
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command import incoming as queue
from anlan.command import services
from anlan.command.models import Incident, Incoming
from anlan.command.queries import desk as desk_queries
from anlan.command.queries import intake
from anlan.command.queries.incidents import open_incidents
from anlan.command.queries.timeline import records_of, timeline
from anlan.kernel.asking import Open, ask
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.places.web import need

from .answers import ctx_of, done
from .incidents import OTHERS, at_hand_context, timeline_rows

PERMISSION = "command.incident.open"
AT_HAND = "desk_incident"
#: Waiting reports that are listed, the oldest first; the others are counted.
ROWS = 30
SHOWN = 40
STORY = 30
#: What the list of open incidents shows of each.
LISTED = ("number", "title", "grade", "received_at")


@require_GET
@need(PERMISSION)
def desk(request: HttpRequest) -> HttpResponse:
    """The whole desk; ``?incident=`` takes one in hand, ``?take=`` puts a waiting report into the form."""
    ctx = ctx_of(request)
    taken = Incoming.objects.get_visible(ctx, pk=request.GET["take"]) if request.GET.get("take") else None
    shown = {
        **_waiting(request),
        **_due(request),
        **_at_hand(request),
        "taken": taken if taken and taken.is_open else None,
    }
    return render(request, "command/desk.html", shown)


@require_GET
@need(PERMISSION)
def waiting(request: HttpRequest) -> HttpResponse:
    return render(request, "command/desk_waiting.html", {**_waiting(request), "incident": _in_hand(request)})


@require_GET
@need(PERMISSION)
def due(request: HttpRequest) -> HttpResponse:
    return render(request, "command/desk_due.html", _due(request))


@require_GET
@need(PERMISSION)
def at_hand(request: HttpRequest) -> HttpResponse:
    return render(request, "command/desk_at_hand.html", _at_hand(request))


def _waiting(request: HttpRequest) -> dict[str, Any]:
    found: list[Any] = ask(ctx_of(request), _waiting_rows)
    shown = [
        {
            "pk": w.pk, "text": w.text, "opened_at": w.opened_at, "channel": w.get_channel_display(), "source": w.source,
            "region": w.region.name if w.region else "", "simulated": w.simulated, "due_at": w.due_at,
        }
        for w in found
    ]  # fmt: skip
    return {"waiting": shown, "waiting_more": found[0].waiting_total - len(found) if found else 0}


def _waiting_rows(ctx: Context) -> QuerySet[Any]:
    rows = queue.waiting(ctx).select_related("region").defer("facts", "position")
    return rows.annotate(waiting_total=Window(Count("pk")))[:ROWS]


def _open_rows(ctx: Context) -> QuerySet[Any]:
    rows = open_incidents(ctx).select_related(None).only(*LISTED)
    return rows.annotate(open_total=Window(Count("pk")))[:SHOWN]


def _one(ctx: Context) -> QuerySet[Incident]:
    return Incident.objects.visible_to(ctx).select_related("region").filter(pk=Open("pk", UUIDField()))


def _incident(ctx: Context, pk: Any) -> Incident | None:
    """The incident of an id that may be any text; None where there is none that the person sees."""
    try:
        found = ask(ctx, _one, pk=UUID(str(pk)))
    except ValueError:
        return None
    return found[0] if found else None


def _in_hand(request: HttpRequest) -> Incident | None:
    """The incident that a waiting report is joined to by one press: the same that stands at the right."""
    ctx, chosen = ctx_of(request), request.session.get(AT_HAND)
    return (_incident(ctx, chosen) if chosen else None) or open_incidents(ctx).first()


def _due(request: HttpRequest) -> dict[str, Any]:
    return {"due": desk_queries.due(ctx_of(request))}


def _at_hand(request: HttpRequest) -> dict[str, Any]:
    """The incident in hand: the one asked for, else the one of before, else the newest; it stays in hand until another is taken."""
    ctx = ctx_of(request)
    rows: list[Any] = ask(ctx, _open_rows)
    total = rows[0].open_total if rows else 0
    if asked := request.GET.get("incident"):
        found = _incident(ctx, asked)
        if found is None:
            raise NotFound()
    else:
        found = _incident(ctx, chosen) if (chosen := request.session.get(AT_HAND)) else None
        found = found or (_incident(ctx, rows[0].pk) if rows else None)
    context: dict[str, Any] = {
        "incidents": [_listed(row, found) for row in rows],
        "incident": found,
        "open_total": total,
        "hand": _neighbours(rows, found),
    }
    if found is None:
        return context
    if request.session.get(AT_HAND) != str(found.pk):
        request.session[AT_HAND] = str(found.pk)
    records = records_of(ctx, found)
    told = timeline(ctx, found, records)
    hand = at_hand_context(ctx, found, records, story=told, others=rows[: OTHERS + 1])
    return {**context, **hand, "story": timeline_rows(told[-STORY:][::-1])}


def _listed(row: Incident, found: Incident | None) -> dict[str, Any]:
    """An open incident in the list to choose from; `here`: it is the one in hand."""
    shown = {"pk": row.pk, "number": row.number, "title": row.title, "grade": row.grade, "received_at": row.received_at}
    return {"shown": shown, "here": found is not None and found.pk == row.pk}


def _neighbours(rows: list[Any], found: Incident | None) -> dict[str, Any]:
    """The open incidents before and after the one in hand (round again at the ends), and its place among them from 1."""
    place = next((n for n, row in enumerate(rows) if found and row.pk == found.pk), None)
    if place is None or len(rows) < 2:
        return {"place": None, "last": None, "next": rows[0] if rows else None}
    return {"place": place + 1, "last": rows[place - 1], "next": rows[(place + 1) % len(rows)]}


@require_POST
@need(PERMISSION)
def parse(request: HttpRequest) -> HttpResponse:
    """What is recognised in a line, and which open incidents it may belong to. Nothing is kept."""
    ctx = ctx_of(request)
    text = request.POST.get("text", "").strip()
    if not text:
        return JsonResponse({"fields": [], "duplicates": [], "needed": []})
    found = intake.recognise(ctx, text)
    similar: list[dict[str, Any]] = []
    # A place elsewhere is said when it is sent; it repeats nothing here.
    with suppress(BadInput):
        similar = intake.duplicates(ctx, intake.understand(ctx, text))
    duplicates = [
        {
            "label": d["label"],
            "reason": d["reason"],
            "url": f"/desk/?incident={d['incident'].pk}",
            "merge_url": f"/desk/join/{d['incident'].pk}/",
        }
        for d in similar
    ]
    report = _incoming(request)
    fields = intake.desk_fields(found, report.facts if report else {})
    body = {"fields": fields, "duplicates": duplicates, "needed": list(found.doubts)}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@require_POST
@need(PERMISSION)
def open_from_desk(request: HttpRequest) -> HttpResponse:
    """Enter: the line with its corrections becomes an incident, and is taken in hand."""
    waiting_report = _incoming(request)
    made = services.open_incident(
        ctx_of(request), text=request.POST.get("text", ""), corrections=_corrections(request), incoming=waiting_report,
        once=waiting_report is None,
    )  # fmt: skip
    request.session[AT_HAND] = str(made.pk)
    return done(
        request,
        _("已立事件 %(number)s，首报已拟好") % {"number": made.number},
        to=f"/desk/?incident={made.pk}",
        stay=True,
        incident=str(made.pk),
    )


@require_POST
@need(PERMISSION)
def join_from_desk(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The line is more about an incident that is known: its words and its figures go there."""
    ctx = ctx_of(request)
    target = Incident.objects.get_visible(ctx, pk=pk)
    said = intake.understand(ctx, request.POST.get("text", ""), _corrections(request))
    waiting_report = _incoming(request)
    counted = waiting_report.facts if waiting_report else {}
    facts = {**counted, **{n: v for n, v in said.facts.items() if v is not None}}
    services.add_followup(
        ctx, target, text=said.text, facts=facts, source=said.source or (waiting_report.source if waiting_report else ""),
        kind="field" if waiting_report and waiting_report.channel == Incoming.Channel.FIELD else "call", incoming=waiting_report,
    )  # fmt: skip
    request.session[AT_HAND] = str(target.pk)
    return done(
        request, _("已并入 %(number)s") % {"number": target.number}, to=f"/desk/?incident={target.pk}", stay=True
    )


def _corrections(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST[name] for name in intake.field_labels() if name in request.POST}


def _incoming(request: HttpRequest) -> Incoming | None:
    given = request.POST.get("incoming")
    if not given:
        return None
    found: Incoming = Incoming.objects.get_visible(ctx_of(request), pk=given)
    if not found.is_open:
        raise Conflict(
            _("这条来报已经办理：%(state)s") % {"state": found.state_label},
            mend=_("请清空后接下一条；有新情况的并入原事件"),
        )
    return found
