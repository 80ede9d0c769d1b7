"""The incident room, the list of incidents, and what is done there."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command import services
from anlan.command.facts import FIGURES, QUESTIONS, shown_figures
from anlan.command.loops import DUTY
from anlan.command.models import Incident, Report, ReportClock
from anlan.command.models.report_clock import DESK
from anlan.command.queries import incidents as queries
from anlan.command.queries.desk import owed_in, phone_fields
from anlan.command.queries.intake import read_figure
from anlan.command.queries.reports import legal_times
from anlan.command.queries.timeline import Records, TimelineItem, records_of, timeline
from anlan.command.responses.services import issue_tasks
from anlan.command.services.commanding import NAME_COMMANDER
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.moments import read_moment
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.maps import page_config
from anlan.kernel.web.steps import actions, one_main
from anlan.places.web import need, signed_in

from .answers import ctx_of, done

VIEW = "command.incident.view"
RADII = (1, 3, 5)
#: So many open incidents are offered to merge into.
OTHERS = 20
GRADES = ("特别重大", "重大", "较大", "一般")


@require_GET
@need(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Incidents by filters, newest first."""
    ctx = ctx_of(request)
    filters = {k: str(v) for k, v in request.GET.items() if v}
    page = queries.incident_page(ctx, filters)
    kept = {k: v for k, v in filters.items() if k != "before"}
    states = [("open", _("未结束")), ("all", _("全部")), *((s.name, s.label) for s in Incident.loop.states)]
    tabs = [
        {"label": label, "url": "?" + urlencode({**kept, "state": name}), "active": kept.get("state", "open") == name}
        for name, label in states
    ]
    shown = {
        "rows": page.rows,
        "tabs": tabs,
        "filters": kept,
        "grades": GRADES,
        "next_url": "?" + urlencode({**kept, "before": page.before}) if page.before else "",
        "first_url": "?" + urlencode(kept) if "before" in filters else "",
    }
    return render(request, "command/incidents.html", shown)


@require_GET
@signed_in
def room(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One incident with everything about it; ``?print=1`` is the page to print."""
    ctx = ctx_of(request)
    found = queries.incident(ctx, pk)
    records = records_of(ctx, found)
    story = timeline(ctx, found, records)
    context = {
        "incident": found, "may_press": found.is_open and ctx.may("command.prepared_set.view", found.scope),
        "story": timeline_rows(story), "reports": _reports(records),
        "attachments": shown_attachments(attachments_of(ctx, object_type=Incident.loop.key, object_id=found.pk)),
        "merged": [part for part in records[Incident.loop.key].values() if part.pk != found.pk],
        "owed": owed_in(ctx, found, records) if found.is_open else [],
        "print": bool(request.GET.get("print")), "may_add": ctx.may("command.incident.open", found.scope) and found.is_open,
        **at_hand_context(ctx, found, records, story=story),
    }  # fmt: skip
    context["splittable"] = services.splittable(ctx, found) if context["may_add"] and context["is_duty"] else []
    around = found.position or found.region.position
    if around is not None and not context["print"]:
        context["map_config"] = _inset(ctx, around)
    return render(request, "command/incident.html", context)


def _inset(ctx: Context, at: Point) -> dict[str, Any]:
    reach = 0.025
    config = page_config(ctx, only=("command.incident", "sensing.depth", "registry.shelter"))
    return {**config, "compact": True, "bounds": [at.x - reach, at.y - reach * 0.7, at.x + reach, at.y + reach * 0.7]}


def at_hand_context(
    ctx: Context,
    found: Incident,
    records: Records,
    *,
    story: list[TimelineItem],
    others: list[Incident] | None = None,
) -> dict[str, Any]:
    """What desk and room both show of an incident: figures, grade with its basis, clocks, buttons, surroundings.

    `records`: those of `records_of`, `story`: its timeline; `others`: open incidents, when the caller has read them already.
    """
    clocks = _clocks(records, found)
    reports = _reports(records)
    under_way = [r for r in reports if r.is_open]
    used = legal_times(under_way, ctx.now(), story)
    works = is_duty(ctx, found) and found.is_open
    if others is None:
        others = list(queries.open_incidents(ctx)[: OTHERS + 1]) if works else []
    return {
        "figures": shown_figures(found.facts),
        "basis": basis_of(found),
        "clocks": [c for c in clocks if c.is_open],
        "met": [c for c in clocks if c.state == "met"],
        "actions": actions(ctx, found),
        "is_duty": is_duty(ctx, found),
        "near": queries.nearby(ctx, found.position, RADII),
        "drafts": [{"report": r, "actions": one_main(actions(ctx, r)), "legal": used[r.pk]} for r in under_way],
        "takers": services.task_takers(found) if works else [],
        "figure_fields": figure_fields(found),
        "plan_url": reverse("proposal-ask"),
        "may_name_commander": found.is_open and ctx.may(NAME_COMMANDER, found.scope),
        "others": [i for i in others if i.pk != found.pk][:OTHERS] if works else [],
    }


def _reports(records: Records) -> list[Report]:
    return sorted(records[Report.loop.key].values(), key=lambda r: r.opened_at)


def _clocks(records: Records, found: Incident) -> list[ReportClock]:
    """Clocks of the incident, what is owed first; a rule that a stricter one replaced no longer counts."""
    rows = [c for c in records[ReportClock.loop.key].values() if c.state != "superseded"]
    end = datetime.max.replace(tzinfo=UTC)
    # What is owed at once has no number and is late from the moment on at which it began.
    return sorted(rows, key=lambda c: (c.closed_at or end, c.legal_at or c.started_at or end, c.recipient))


def is_duty(ctx: Context, found: Incident) -> bool:
    return any(ctx.holds(role, found.scope) for role in DUTY)


def basis_of(found: Incident) -> dict[str, Any]:
    """The grading in the shape of parts/basis.html."""
    grading = found.grading or {}
    names = {name: str(label) for name, (_r, label, _u) in FIGURES.items()} | {
        "deaths_missing": _("死亡失联合计"),
        "relocated": _("紧急转移安置"),
        "kind": _("类型"),
    }
    trace = [
        {
            "label": names.get(t["var"], t["var"]),
            "threshold": _threshold(t.get("threshold")),
            "fact": t.get("fact"),
            "result": t.get("result"),
            "unit": t.get("unit", ""),
        }
        for t in grading.get("because", [])
    ]
    ways = [
        _("升为%(grade)s需：%(needs)s")
        % {
            "grade": w["grade"],
            "needs": "、".join(
                f"{names.get(n['var'], n['var'])}{n['op']}{n['threshold']}{n.get('unit', '')}" for n in w["needs"]
            ),
        }
        for w in grading.get("would_raise", [])[:4]
    ]
    missing = [_("“%(name)s”不详") % {"name": names.get(n, n)} for n in grading.get("unknown", [])]
    return {
        "clause": grading.get("clause") or grading.get("why", ""), "confidence": grading.get("confidence", ""), "trace": trace,
        "said": grading.get("scale_zh", ""), "unknown": [*missing, *ways],
    }  # fmt: skip


def _threshold(given: Any) -> str:
    if isinstance(given, dict):
        return f"{given.get('min', '')}–{given.get('max', '')}"
    return "" if given is None else str(given)


def figure_fields(found: Incident) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "label": label, "kind": "int", "required": False, "unit": unit, "minimum": 0, "maximum": 10_000_000,
            "default": "" if found.facts.get(name) is None else found.facts[name],
        }
        for name, (_r, label, unit) in FIGURES.items()
    ] + [
        {
            "name": name, "label": label, "kind": "choice", "required": False, "help": _("报送规则按未知从严计时"),
            "choices": [("yes", _("是")), ("no", _("否")), ("unknown", _("未知"))],
            "default": {True: "yes", False: "no"}.get(found.facts.get(name), "unknown"),
        }
        for name, label in QUESTIONS.items()
    ]  # fmt: skip


def timeline_rows(items: list[TimelineItem]) -> list[dict[str, Any]]:
    """In the shape of parts/timeline_item.html, a heading where the day changes."""
    days = [localtime(i.at).date() for i in items]
    changes = [True, *(a != b for a, b in pairwise(days))] if items else []
    many = len(set(days)) > 1
    return [
        {
            "id": n, "at": i.at.isoformat(), "time": f"{localtime(i.at):%H:%M}", "text": i.text, "major": i.major, "url": i.url,
            "who": f"{i.who}{_('（模拟）') if i.simulated else ''}", "attachments": i.attachments,
            "day": f"{localtime(i.at):%Y-%m-%d}" if changes[n] and many else "",
        }
        for n, i in enumerate(items)
    ]  # fmt: skip


@require_POST
@signed_in
def follow_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Words, photos, figures that arrived later. An empty figure changes nothing."""
    ctx = ctx_of(request)
    found = queries.incident(ctx, pk)
    services.add_followup(
        ctx, found, text=request.POST.get("text", ""), source=request.POST.get("source", ""), kind=_kind(request), facts=_figures(request),
        photos=request.FILES.getlist("photo"),
    )  # fmt: skip
    return done(request, _("已补记"), to=found.get_absolute_url())


def _kind(request: HttpRequest) -> str:
    kind = request.POST.get("kind", "call")
    return kind if kind in ("call", "field", "figure", "note") else "call"


def _figures(request: HttpRequest) -> dict[str, Any]:
    given = {n: request.POST[n].strip() for n in FIGURES if request.POST.get(n, "").strip()}
    return {n: read_figure(v, str(FIGURES[n][1]), n) for n, v in given.items()}


@require_POST
@signed_in
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Figures made sure of; an emptied one becomes unknown again."""
    ctx = ctx_of(request)
    found = queries.incident(ctx, pk)
    facts = {n: request.POST[n] for n in (*FIGURES, *QUESTIONS) if n in request.POST}
    services.confirm_facts(ctx, found, facts, source=request.POST.get("source", ""))
    return done(
        request,
        _("数字已更新，级别：%(grade)s") % {"grade": found.grade or _("待定")},
        to=found.get_absolute_url(),
        stay=True,
    )


@require_POST
@signed_in
def commander(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who commands at the scene, since when, and why somebody was replaced."""
    ctx = ctx_of(request)
    found = queries.incident(ctx, pk)
    since = read_moment(request.POST.get("since", ""), "since")
    services.name_commander(
        ctx, found, name=request.POST.get("name", ""), since=since, reason=request.POST.get("reason", "")
    )
    return done(request, _("现场指挥：%(name)s") % {"name": found.commander}, to=found.get_absolute_url())


@require_POST
@signed_in
def place(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The place put right: its name, its coordinates, or both."""
    ctx = ctx_of(request)
    given = {name: request.POST.get(name, "") for name in ("place", "lon", "lat", "source")}
    found = services.correct_place(ctx, queries.incident(ctx, pk), **given)
    return done(
        request, _("位置已更正：%(place)s") % {"place": found.place or found.region.name}, to=found.get_absolute_url()
    )


@require_POST
@signed_in
def split(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What arrived later becomes an event of its own."""
    ctx = ctx_of(request)
    found = queries.incident(ctx, pk)
    fresh = services.split_off(
        ctx, found, followups=request.POST.getlist("followups"), reason=request.POST.get("reason", "")
    )
    return done(request, _("已拆分为 %(number)s") % {"number": fresh.number}, to=fresh.get_absolute_url())


@require_POST
@signed_in
def merge(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    target = services.merge(ctx, queries.incident(ctx, pk), into=queries.incident(ctx, request.POST.get("into", "")))
    return done(request, _("已并入 %(number)s") % {"number": target.number}, to=target.get_absolute_url())


@require_POST
@signed_in
def give_task(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    minutes = request.POST.get("minutes", "")
    if not minutes.isdecimal():
        raise BadInput(_("时限应是分钟数"), field="minutes", mend=_("例如 30"))
    found = queries.incident(ctx, pk)
    asked = [code for code in request.POST.getlist("organisations") if code]
    given = issue_tasks(
        ctx, text=request.POST.get("text", ""), organisations=asked, minutes=int(minutes[:6]), incident=found
    )
    names = "、".join(str(t.organisation) for t in given)
    return done(request, _("已派给%(who)s") % {"who": names}, to=found.get_absolute_url(), stay=True)


@require_http_methods(["GET", "POST"])
@signed_in
def reported(request: HttpRequest, pk: UUID, stage: str, form: str) -> HttpResponse:
    """Calls (or filings) of one stage recorded at once: each recipient with who took it; those left empty run on, unless all are."""
    ctx = ctx_of(request)
    found = queries.incident(ctx, pk)
    running = ReportClock.objects.visible_to(ctx).open().select_related("incident")
    # What the desk owes is recorded by the desk, what a street or department owes by itself.
    mine = {"office": DESK} if is_duty(ctx, found) else {"owner_keys__overlap": sorted(ctx.keys)}
    clocks = list(running.filter(incident=found, stage=stage, form=form, **mine).order_by("legal_at", "recipient_name"))
    if request.method == "GET":
        when = {
            "name": "at", "label": _("报告时间"), "kind": "text", "required": False, "default": "", "max_length": 20,
            "help": _("留空为此刻；事后补记的写实际通话时间，例如 2016-07-20 12:48"),
        }  # fmt: skip
        shown = {"incident": found, "fields": [*phone_fields(clocks), when] if clocks else [], "url": request.path}
        return render(request, "command/reported_form.html", shown)
    named = {c: request.POST.get(f"to-{c.pk}", "").strip() for c in clocks}
    told = [c for c in clocks if named[c]]
    if not told:
        raise BadInput(
            _("没有写接收人"), field=f"to-{clocks[0].pk}" if clocks else "", mend=_("请至少写一处由谁接收的")
        )
    means = "phone" if form == "phone" else "system"
    at = read_moment(request.POST.get("at", ""), "at")
    with transaction.atomic():
        for clock in told:
            services.meet_clocks(ctx, [clock], means=means, received_by=named[clock], at=at)
    return done(request, _("已登记报送 %(n)d 处") % {"n": len(told)}, to=found.get_absolute_url(), stay=True)


@require_POST
@signed_in
def draft(request: HttpRequest, pk: UUID, stage: str) -> HttpResponse:
    """Begin the report of a stage that is owed on paper."""
    ctx = ctx_of(request)
    found = queries.incident(ctx, pk)
    report = services.begin_report(ctx, found, stage)
    return done(request, _("已拟好%(stage)s") % {"stage": report.stage_name}, to=report.get_absolute_url())
