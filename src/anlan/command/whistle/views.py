"""Pages of 吹哨报到: the list, blowing one, one of them for the street and the departments, how departments answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.data.whistle import whistle_rules
from anlan.command.models import Incident, Whistle
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.loops import new_number, number_of
from anlan.kernel.moments import read_day
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions, one_main
from anlan.places.queries import Region, region_at, regions_under
from anlan.places.web import need, signed_in

from . import queries, services
from .departments import callable_departments, others_for, suggested
from .loops import WHISTLE_CALL

#: The longest time that is counted at once.
LONGEST = timedelta(days=366)


@require_GET
@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """What is open, the next due first; then what is over."""
    ctx = ctx_of(request)
    running = queries.counted(ctx, list(queries.whistles(ctx).open().order_by("-opened_at")[:200]))
    running.sort(key=lambda one: (one["due"] is None, one["due"] or one["row"].opened_at))
    ended = list(queries.whistles(ctx).filter(closed_at__isnull=False).order_by("-closed_at")[: queries.MOST_ENDED])
    shown = {"rows": running, "ended": queries.counted(ctx, ended), "may_blow": bool(ctx.paths(services.BLOW))}
    return render(request, "command/whistles.html", shown)


@require_http_methods(["GET", "POST"])
@need(services.BLOW)
def new(request: HttpRequest) -> HttpResponse:
    """Blow one: ``?incident=`` for a matter that is an incident already, ``?kind=`` for another kind of matter."""
    ctx = ctx_of(request)
    given = request.POST if request.method == "POST" else request.GET
    incident = Incident.objects.get_visible(ctx, pk=given["incident"]) if given.get("incident") else None
    fault: Refused | None = None
    if request.method == "POST":
        try:
            made = services.blow_whistle(
                ctx, region=_region(ctx, given.get("region", "")), kind=given.get("kind", ""), text=given.get("text", ""),
                place=given.get("place", ""), departments=request.POST.getlist("departments"), urgent=bool(given.get("urgent")),
                reasons={k.removeprefix("why-"): str(v) for k, v in request.POST.items() if k.startswith("why-")},
                report_min=_number(given, "report_min"), close_min=_number(given, "close_min"), incident=incident,
                position=_position(given.get("position", "")), files=request.FILES.getlist("photo"),
                request=number_of(given.get("request")),
            )  # fmt: skip
            return done(request, _("已吹哨，%(n)d 个部门已收到") % {"n": made.calls(manager="everything").count()},
                        to=made.get_absolute_url())  # fmt: skip
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    rules = whistle_rules()
    kind = rules.kinds.get(given.get("kind", ""))
    regions = _regions(ctx)
    departments = callable_departments(regions[0].path) if regions else []
    chosen = request.POST.getlist("departments") or (suggested(kind, departments) if kind else [])
    rows: list[dict[str, Any]] = [
        {"unit": o, "on": o.pk in chosen, "why": given.get(f"why-{o.pk}", "")} for o in departments
    ]
    usual = suggested(kind, departments) if kind else []
    urgent = bool(given.get("urgent")) or (incident is not None and request.method == "GET" and not kind)
    context = {
        "incident": incident, "given": given, "fault": fault, "kinds": rules.kinds.values(), "kind": kind, "regions": regions,
        "named": [r for r in rows if r["unit"].pk in usual], "rest": [r for r in rows if r["unit"].pk not in usual],
        "urgent": urgent, "times": kind.times(urgent) if kind else None, "provenance": rules.provenance,
        "request_id": given.get("request") or new_number(),
        "region_code": given.get("region") or (incident.region.code if incident else ""),
    }  # fmt: skip
    return render(request, "command/whistle_new.html", context, status=fault.status if fault else 200)


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One whistle: everybody who was called sees who comes and what was done; each has the buttons of its own part."""
    ctx = ctx_of(request)
    found = queries.whistle(ctx, pk)
    calls = queries.calls_of(ctx, found)
    caller = ctx.may(services.BLOW, found.scope)
    shown = []
    for call in calls:
        files = shown_attachments(attachments_of(ctx, object_type=call.loop.key, object_id=call.pk))
        mine = call.organisation.key in ctx.keys
        shown.append({
            "call": call, "actions": one_main(actions(ctx, call)), "phase": phase(call, ctx.now()), "files": files, "mine": mine,
            "history": entries_of(WHISTLE_CALL.key, call.pk, names=evidence_names(WHISTLE_CALL)),
        })  # fmt: skip
    shown.sort(key=lambda row: not row["mine"])
    offered = others_for(found) if caller and found.is_open else []
    return render(request, "command/whistle.html", {
        "found": found, "calls": shown, "actions": actions(ctx, found), "others": offered, "rules": whistle_rules(),
        "phase": phase(found, ctx.now()), "incident_seen": found.incident if _sees(ctx, found) else None,
        "attachments": shown_attachments(attachments_of(ctx, object_type=Whistle.loop.key, object_id=found.pk)),
    })  # fmt: skip


@require_POST
@signed_in
def more(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Call further departments."""
    ctx = ctx_of(request)
    found = queries.whistle(ctx, pk)
    made = services.call_more(
        ctx, whistle=found, departments=request.POST.getlist("departments"),
        reasons={code: request.POST.get("why", "") for code in request.POST.getlist("departments")},
    )  # fmt: skip
    return done(request, _("又呼叫了 %(n)d 个部门") % {"n": len(made)}, to=found.get_absolute_url())


@require_GET
@signed_in
def figures(request: HttpRequest) -> HttpResponse:
    """How departments answered, ``?since=&until=`` (days, both inclusive); the last thirty days by default."""
    ctx = ctx_of(request)
    today = localtime(ctx.now()).date()
    since, until, fault = today - timedelta(days=29), today, ""
    try:
        since = read_day(request.GET.get("since", ""), "since") or since
        until = read_day(request.GET.get("until", ""), "until") or until
    except BadInput as wrong:
        fault = f"{wrong.message}，{wrong.mend}"
    if since > until or until - since > LONGEST:
        since, until, fault = today - timedelta(days=29), today, _("起止日期不对：最长一年，起在前、止在后")
    rows = queries.statistics(ctx, _midnight(since), _midnight(until + timedelta(days=1)))
    return render(
        request, "command/whistle_statistics.html", {"rows": rows, "since": since, "until": until, "fault": fault}
    )


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The card of whistles on an incident's page."""
    ctx = ctx_of(request)
    incident = Incident.objects.get_visible(ctx, pk=pk)
    rows = queries.counted(ctx, list(queries.whistles(ctx).filter(incident=incident).order_by("-opened_at")[:20]))
    may_blow = incident.is_open and ctx.may(services.BLOW, incident.scope)
    return render(request, "command/whistles_panel.html", {"rows": rows, "incident": incident, "may_blow": may_blow})


def _sees(ctx: Context, found: Whistle) -> bool:
    return bool(found.incident_id) and Incident.objects.visible_to(ctx).filter(pk=found.incident_id).exists()


def _regions(ctx: Context) -> list[Region]:
    """The caller's own streets and communities, from above."""
    rows = [r for path in ctx.paths(services.BLOW) for r in regions_under(path, levels=("township", "village"))]
    return sorted(rows, key=lambda r: r.path)[:300]


def _region(ctx: Context, code: str) -> Region:
    found = next((r for r in _regions(ctx) if r.code == code), None) if code else None
    found = found or (None if code else next((r for p in ctx.paths(services.BLOW) if (r := region_at(p))), None))
    if found is None:
        raise BadInput(_("没有这个街道或社区"), field="region", mend=_("请从列出的区划中选择"))
    return found


def _number(given: Any, name: str) -> int | None:
    text = str(given.get(name) or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadInput(_("请填写分钟数"), field=name, mend=_("例如 30；留空用建议值"))
    return int(text)


def _position(text: str) -> tuple[float, float] | None:
    from anlan.kernel.layers.within import read_position

    return read_position(text.replace("，", ",").split(","), "position") if text.strip() else None


def _midnight(day: Any) -> datetime:
    return make_aware(datetime(day.year, day.month, day.day))
