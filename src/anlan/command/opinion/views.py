"""Pages of public opinion: the board of topics, one topic, items left aside, feeds and how they fare."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from anlan.command.models import Incident, OpinionItem
from anlan.command.queries.incidents import incident as visible_incident
from anlan.command.queries.incidents import open_incidents
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.errors import BadInput
from anlan.kernel.moments import read_moment
from anlan.kernel.web.loops import phase, record_context
from anlan.kernel.web.steps import actions, step_url
from anlan.places.web import need, signed_in

from . import queries, services
from .data import watching
from .gathering import heat
from .loops import HANDLERS, OPINION
from .services.checking import takers
from .services.taking import HANDLE

VIEW = "command.opinion.view"
PAGE = 80
HOURS = 24
OTHERS = 20


@require_GET
@need(VIEW)
def board(request: HttpRequest) -> HttpResponse:
    """Topics by state, what is due first on top; those that are over newest first."""
    ctx = ctx_of(request)
    state = request.GET.get("state", "open")
    text = request.GET.get("q", "").strip()[:60]
    rows = queries.open_topics(ctx) if state == "open" else queries.topics(ctx).order_by("-last_at")
    if state not in ("open", "all"):
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(words__icontains=text)
    found = list(rows[:PAGE])
    heats, now = queries.heats(ctx, found, hours=HOURS), ctx.now()
    counts = _counts(ctx)
    choices = [("open", _("未办结")), *((s.name, s.label) for s in OPINION.states), ("all", _("全部"))]
    kept = {"q": text} if text else {}
    return render(request, "command/opinion.html", {
        "rows": [{"topic": t, "spark": spark(heats[t.pk]), "phase": phase(t, now), "more": t.items_count - t.seen_count,
                  "actions": actions(ctx, t, only=("watch", "look", "dismiss"))} for t in found],
        "tabs": [{"label": label, "url": "?" + urlencode({**kept, "state": name}), "active": state == name, "count": counts.get(name)}
                 for name, label in choices],
        "state": state, "text": text, "may": bool(ctx.paths(HANDLE)), "hours": HOURS,
        "troubles": [s for s in queries.feed_states(queries.feeds(ctx)) if s.trouble],
    })  # fmt: skip


def _counts(ctx: Any) -> dict[str, int]:
    """How many open topics stand in each state."""
    from django.db.models import Count

    rows = queries.topics(ctx).open().order_by().values_list("state").annotate(n=Count("pk"))
    counts = dict(rows)
    return {**{s.name: counts.get(s.name, 0) for s in OPINION.states if not s.final}, "open": sum(counts.values())}


def spark(counts: list[int]) -> SafeString:
    """A small chart of counts per hour, the newest on the right, with its words for those who cannot see it."""
    top = max([*counts, 1])
    bars = format_html_join(
        "", '<rect x="{}" y="{}" width="3" height="{}"/>',
        ((i * 4, round(20 - 20 * n / top, 1), round(20 * n / top, 1)) for i, n in enumerate(counts) if n),
    )  # fmt: skip
    said = ngettext("%(h)d 小时内 %(n)d 次", "%(h)d 小时内 %(n)d 次", sum(counts)) % {
        "h": len(counts),
        "n": sum(counts),
    }
    width = len(counts) * 4
    return format_html(
        '<svg class="spark" role="img" aria-label="{}" width="{}" height="21" viewBox="0 0 {} 21" fill="currentColor">'
        '<title>{}</title><rect x="0" y="20" width="{}" height="1" opacity="0.4"/>{}</svg>',
        said, width, width, said, width, bars,
    )  # fmt: skip


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One topic: what is said, where, since when; what it may be about; verification and replies."""
    ctx = ctx_of(request)
    found = queries.topic(ctx, pk)
    items = queries.items_of(ctx, found)
    may = ctx.may(HANDLE, found.scope) and any(ctx.holds(role, found.scope) for role in HANDLERS)
    checks = queries.checks_of(ctx, found)
    open_check = next((c for c in checks if c.is_open), None)
    suggested = queries.similar_incidents(ctx, found) if found.is_open and not found.incident_id else []
    known = {s["id"] for s in suggested}
    others = (
        [i for i in open_incidents(ctx)[:OTHERS] if str(i.pk) not in known] if may and not found.incident_id else []
    )
    context = {
        **{k: v for k, v in record_context(ctx, found).items() if k != "where"},
        "topic": found, "items": items, "checks": checks, "open_check": open_check, "replies": queries.replies_of(ctx, found),
        "suggested": suggested, "others": others, "may": may, "chart": _chart(found, items, ctx.now()),
        "takers": takers(found) if may and found.is_open else [], "verify_min": int(watching().times["verify"]),
        "may_verify": may and found.state in ("waiting", "watching", "verified"),
        "recall_url": step_url(open_check, "recall") if open_check and may else "",
        "chase_url": open_check.get_absolute_url() if open_check else "",
        "may_report": may and found.is_open and not found.incident_id and not found.incoming_id,
        "other_topics": [t for t in queries.open_topics(ctx)[:OTHERS] if t.pk != found.pk] if may else [],
        "basis": watching().provenance.source,
    }  # fmt: skip
    return render(request, "command/opinion_topic.html", context)


def _chart(found: Any, items: list[OpinionItem], now: Any) -> dict[str, Any]:
    """Sightings per hour, from the first to now, at most three days."""
    moments = queries.moments_of(items)
    end = min(now, (found.closed_at or now) + timedelta(hours=1)).replace(minute=59, second=59)
    begun = min([*moments, end])
    hours = max(6, min(72, int((end - begun).total_seconds() // 3600) + 2))
    counts = heat(moments, end, hours=hours)
    at = [localtime(end - timedelta(hours=hours - 1 - i)).replace(minute=0, second=0) for i in range(hours)]
    points = [[t.isoformat(), n] for t, n in zip(at, counts, strict=True)]
    return {
        "title": _("热度（每小时新出现）"),
        "unit": _("次"),
        "series": [{"name": _("出现"), "kind": "bar", "points": points}],
    }


@require_POST
@need(HANDLE)
def enter(request: HttpRequest) -> HttpResponse:
    given = request.POST
    item = services.enter_item(
        ctx_of(request), text=given.get("text", ""), url=given.get("url", ""), source=given.get("source", ""),
        published_at=read_moment(given.get("published_at", ""), "published_at"),
    )  # fmt: skip
    to = item.topic.get_absolute_url() if item.topic else "/opinion/items/"
    return done(request, _("已录入"), to=to)


@require_GET
@need(VIEW)
def loose(request: HttpRequest) -> HttpResponse:
    """Items that concern nobody here, with the reason: a person may say otherwise."""
    ctx = ctx_of(request)
    text = request.GET.get("q", "").strip()[:60]
    rows = queries.loose_items(ctx)
    rows = rows.filter(title__icontains=text) if text else rows
    return render(
        request, "command/opinion_items.html", {"items": rows[:PAGE], "text": text, "may": bool(ctx.paths(HANDLE))}
    )


@require_POST
@need(HANDLE)
def raise_item(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    topic = services.raise_item(ctx, OpinionItem.objects.get_visible(ctx, pk=pk))
    return done(request, _("已列为舆情"), to=topic.get_absolute_url())


@require_POST
@need(HANDLE)
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    item = OpinionItem.objects.get_visible(ctx, pk=pk)
    target = queries.topic(ctx, request.POST.get("topic") or None)
    services.move_item(ctx, item, target)
    return done(request, _("已改归「%(title)s」") % {"title": target.title}, to=target.get_absolute_url())


@require_GET
@need("command.opinion_feed.view")
def feeds(request: HttpRequest) -> HttpResponse:
    """Feeds with how reading them goes."""
    ctx = ctx_of(request)
    shown = {"feeds": queries.feed_states(queries.feeds(ctx)), "may_watch": bool(ctx.paths(VIEW))}
    return render(request, "command/opinion_feeds.html", shown)


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The panel on an incident's page."""
    ctx = ctx_of(request)
    found = visible_incident(ctx, pk)
    rows = queries.of_incident(ctx, found) if ctx.may(VIEW, found.scope) else []
    heats = queries.heats(ctx, rows, hours=HOURS)
    shown = [{"topic": t, "spark": spark(heats[t.pk])} for t in rows]
    return render(request, "command/opinion_panel.html", {"rows": shown, "incident": found})


@require_POST
@need(HANDLE)
def verify(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    minutes = request.POST.get("minutes", "").strip()
    if not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 6):
        raise BadInput(_("时限应是分钟数"), field="minutes", mend=_("例如 60"))
    found = queries.topic(ctx, pk)
    services.ask_to_verify(
        ctx, found, organisation=request.POST.get("organisation", ""), minutes=int(minutes), question=request.POST.get("question", "")
    )  # fmt: skip
    return done(request, _("已交办核实"), to=found.get_absolute_url())


@require_POST
@need(HANDLE)
def join(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.topic(ctx, pk)
    target = Incident.objects.get_visible(ctx, pk=request.POST.get("incident") or None)
    services.join_incident(ctx, found, target)
    return done(request, _("已归入 %(number)s") % {"number": target.number}, to=found.get_absolute_url())


@require_POST
@need(HANDLE)
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.topic(ctx, pk)
    services.report_topic(ctx, found)
    return done(request, _("已报值班台，等待接报"), to=found.get_absolute_url())


@require_POST
@need(HANDLE)
def reply(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.topic(ctx, pk)
    given = request.POST
    services.record_reply(
        ctx, found, by=given.get("by", ""), where=given.get("where", ""), words=given.get("words", ""),
        at=read_moment(given.get("at", ""), "at"), url=given.get("url", ""),
    )  # fmt: skip
    return done(request, _("已登记回应"), to=found.get_absolute_url())
