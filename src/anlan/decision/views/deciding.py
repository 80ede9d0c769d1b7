"""Pages of decision: proposals, asking by hand, the fact board."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.queries import Region, region
from anlan.places.web import need

from .. import queries, services, showing
from ..data.variables import words
from ..models import NONE, Proposal

PAGE = 50
REQUEST = "decision.proposal.request"


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


@require_GET
@need("decision.proposal.view")
def proposals(request: HttpRequest) -> HttpResponse:
    """Proposals: what waits, then what was decided."""
    ctx = _ctx(request)
    state = "all" if request.GET.get("state") == "all" else "waiting"
    rows = list(queries.proposals(ctx, state=state if state == "waiting" else "")[:PAGE])
    shown = [_line(ctx, p) for p in rows]
    tabs = [
        {"label": _("待决定"), "url": "?state=waiting", "active": state == "waiting", "count": None},
        {"label": _("全部"), "url": "?state=all", "active": state == "all", "count": None},
    ]
    standings = [{"standing": s, "level": _roman(s.level_number)} for s in queries.standings(ctx) if s.in_force]
    may_ask = bool(ctx.paths(REQUEST))
    return render(request, "decision/proposals.html", {
        "rows": shown, "tabs": tabs, "standings": standings, "may_ask": may_ask,
        "parallel": showing.parallel_rows(queries.together_now(ctx)),
    })  # fmt: skip


@require_GET
@need("decision.proposal.view")
def proposal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One proposal: what, why, what would happen, and the decision."""
    ctx = _ctx(request)
    found = queries.proposal(ctx, pk)
    standing = queries.standing_of(ctx, found.region, found.hazard)
    unknown = [words().name(name) for name in found.unknown]
    return render(request, "decision/proposal.html", {
        **_line(ctx, found),
        "actions": _actions(ctx, found),
        "trace": showing.trace_rows(found.trace),
        "cards": showing.cards_of(found) if found.kind in ("start", "raise") else [],
        "unknown": unknown,
        "signers": [_role_name(r) for r in found.deciders if r != "assignee"],
        "standing": standing if standing and standing.in_force else None,
        "standing_level": _roman(standing.level_number) if standing else "",
        "plan": found.plan,
        "history": entries_of(Proposal.loop.key, found.pk, names=evidence_names(Proposal.loop)),
        "terminate": found.plan.content.get("terminate", []) if found.kind == "end" else [],
        "downgrade": found.plan.content.get("downgrade", []) if found.kind == "lower" else [],
        "record": found, "loop": Proposal.loop,
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@need(REQUEST)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask by hand for a start, raise, lowering or end, with a reason. Whoever has the power decides on the next page."""
    ctx = _ctx(request)
    given = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        try:
            made = services.request_change(
                ctx, region=_asked_region(ctx, request), hazard=given.get("hazard", ""), kind=given.get("kind", ""),
                reason=given.get("reason", ""), level=given.get("level", ""),
            )  # fmt: skip
        except BadInput as error:
            if wants_json(request):
                raise
            return _ask_form(request, given, error)
        said = _("已提出：%(title)s，等待%(who)s决定") % {"title": made, "who": made.approve_name}
        if wants_json(request):
            return JsonResponse(
                {"message": said, "redirect": made.get_absolute_url()}, json_dumps_params={"ensure_ascii": False}
            )
        messages.success(request, said)
        return redirect(made.get_absolute_url())
    return _ask_form(request, given)


def _ask_form(request: HttpRequest, given: Any, error: BadInput | None = None) -> HttpResponse:
    ctx = _ctx(request)
    here = _asked_region(ctx, request)
    plans = queries.plans_in_force(here)
    fields = [
        {"name": "hazard", "label": _("预案"), "kind": "choice", "required": True, "choices": [(p.hazard, p.title) for p in plans]},
        {"name": "kind", "label": _("变更"), "kind": "choice", "required": True, "choices": list(Proposal.Kind.choices)},
        {"name": "level", "label": _("级别"), "kind": "choice", "required": False, "help": _("终止时不必填"),
         "choices": [(name, f"{name}级") for name in ("IV", "III", "II", "I")]},
        {"name": "reason", "label": _("理由"), "kind": "longtext", "required": True, "max_length": 2000,
         "help": _("提级启动须说明敏感时段、地区、人群或灾害链等情形")},
    ]  # fmt: skip
    faults = {error.field: str(error.message)} if error else {}
    shown = [{"field": f, "value": given.get(f["name"], ""), "fault": faults.get(str(f["name"]), "")} for f in fields]
    return render(
        request,
        "decision/ask.html",
        {"fields": shown, "region": here, "error": error},
        status=error.status if error else 200,
    )


@require_GET
@need("decision.fact.view")
def facts(request: HttpRequest) -> HttpResponse:
    """The fact board: what is known as the plans' variables, with time and origin."""
    ctx = _ctx(request)
    here = _asked_region(ctx, request)
    rows = [
        {"label": words().name(name), "value": None if e["value"] is None else showing.fact_text(_as_fact(e["value"]), words().unit(name)),
         "at": e["at"], "source": e["source"]}
        for name, e in sorted(services.known_facts(ctx, here).items(), key=_by_window)
    ]  # fmt: skip
    return render(request, "decision/facts.html", {"rows": rows, "region": here})


def _by_window(known: tuple[str, Any]) -> list[tuple[str, int]]:
    """Sorts sums of 1, 3, 6, 12 and 24 hours by their length, not by their first digit."""
    parts = re.split(r"(\d+)", known[0])
    return [(text, int(digits or 0)) for text, digits in zip_longest(parts[::2], parts[1::2], fillvalue="0")]


def _line(ctx: Context, p: Proposal) -> dict[str, Any]:
    return {
        "proposal": p, "why": showing.reason_line(p), "phase": phase(p, ctx.now()),
        "due": p.due_at.isoformat() if p.due_at and p.is_open else "", "where": p.region.name,
    }  # fmt: skip


def _actions(ctx: Context, p: Proposal) -> list[dict[str, Any]]:
    """Buttons; an end asks how it was verified, everything else for how long it is meant to last."""
    shown = actions(ctx, p)
    drop = "expected_hours" if p.kind == "end" else "checked"
    for action in shown:
        action["evidence"] = [
            {**f, "required": True} if f["name"] in ("expected_hours", "checked") else f
            for f in action["evidence"]
            if f["name"] != drop
        ]
    return shown


def _asked_region(ctx: Context, request: HttpRequest) -> Region:
    """The county that the person asks for, by default the one of the person's own posts."""
    code = request.POST.get("region") or request.GET.get("region")
    if code:
        return region(code)
    for path in (*ctx.paths(REQUEST), *ctx.paths("decision.fact.view")):
        here = Region.objects.filter(path=path).first()
        if here is not None and (county := services.county_above(here) or here):
            return county
    raise BadInput(_("请选择地区"), field="region")


def _as_fact(value: Any) -> Any:
    """The stored form of a profile as a trace shows it."""
    if isinstance(value, list):
        return [
            {"figure": p[0], "share_pct": p[1]} if isinstance(p, list)
            else {"figure": {"at_least": p["at_least"]} if "at_least" in p else p.get("value"), "share_pct": p["share_pct"]}
            for p in value
        ]  # fmt: skip
    return value


def _role_name(role: str) -> str:
    from ..names import role_names

    return role_names().get(role, role)


def _roman(number: int) -> str:
    return ("", "I", "II", "III", "IV", "")[number] if number <= NONE else ""
