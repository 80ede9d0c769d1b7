"""Pages of appeals: the list, writing one, one of them with its answers, the compensations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.data.mobilisation import mobilisation_rules
from anlan.command.models import Appeal, Compensation, Incident
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.layers.within import area_of
from anlan.kernel.loops import new_number, number_of
from anlan.kernel.moments import read_moment
from anlan.kernel.paging import page_within
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions, one_main
from anlan.places.queries import Region, organisations, path_down_to, region_at, regions_under
from anlan.places.web import need, signed_in

from . import queries, services, sheet
from .answering import answer_as_firm, note_answer
from .loops import APPEAL, COMPENSATION, HANDLERS
from .reach import without_account

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTACT = "command.pledge.contact"
#: So many answers or compensations stand on a page.
PAGE = 50
#: So many wants a form shows.
LINES = 6


@require_GET
@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """Open ones first."""
    ctx = ctx_of(request)
    running = list(queries.appeals(ctx).open().order_by("until")[:100])
    return render(request, "command/appeals.html", {
        "rows": [{"row": a, "phase": phase(a, ctx.now())} for a in running], "may_draft": bool(ctx.paths(services.DRAFT)),
        "ended": list(queries.appeals(ctx).filter(closed_at__isnull=False).order_by("-closed_at")[:50]),
        "pays": bool(ctx.paths(Compensation.view_permission)),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@need(services.DRAFT)
def new(request: HttpRequest) -> HttpResponse:
    """Write one: ``?incident=``, ``?area=`` as the map writes it."""
    ctx = ctx_of(request)
    given = request.POST if request.method == "POST" else request.GET
    incident = Incident.objects.get_visible(ctx, pk=given["incident"]) if given.get("incident") else None
    regions = _regions(ctx)
    fault: Refused | None = None
    if request.method == "POST":
        try:
            until = read_moment(given.get("until", ""), "until")
            if until is None:
                raise BadInput(_("没有写截止时间"), field="until", mend=_("例如 2016-07-20 20:00"))
            codes = request.POST.getlist("regions")
            if strange := set(codes) - {r.code for r in regions}:
                raise BadInput(
                    _("没有这些区划：%(codes)s") % {"codes": "、".join(sorted(strange))[:100]}, field="regions",
                    mend=_("请从列出的区划中选择"),
                )  # fmt: skip
            made = services.draft_appeal(
                ctx, region=_home(ctx, incident), title=given.get("title", ""), text=given.get("text", ""), ground=given.get("ground", ""),
                wants=_wants(given), until=until, meeting_point=given.get("meeting_point", ""), report_to=given.get("report_to", ""),
                report_phone=given.get("report_phone", ""), regions=[r for r in regions if r.code in codes],
                area=area_of(given.get("area", "")), to_firms=bool(given.get("to_firms")), to_residents=bool(given.get("to_residents")),
                incident=incident, request=number_of(given.get("request")),
            )  # fmt: skip
            return done(request, _("已送批"), to=made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    rules = mobilisation_rules()
    lines = [{"n": n, "kind": given.get(f"kind-{n}", ""), "what": given.get(f"what-{n}", ""), "amount": given.get(f"amount-{n}", "")}
             for n in range(1, LINES + 1)]  # fmt: skip
    page = {
        "incident": incident, "given": given, "fault": fault, "regions": regions, "rules": rules, "lines": lines,
        "chosen": request.POST.getlist("regions"), "request_id": given.get("request") or new_number(),
        "asks_firms": request.method == "GET" or bool(given.get("to_firms")),
    }  # fmt: skip
    return render(request, "command/appeal_new.html", page, status=fault.status if fault else 200)


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One appeal. Whoever musters sees every answer with its telephone; a firm sees its own."""
    ctx = ctx_of(request)
    found = queries.appeal(ctx, pk)
    runs = any(ctx.holds(role, found.scope) for role in HANDLERS)
    own = {key.removeprefix("org:") for key in ctx.keys if key.startswith("org:")}
    answers = queries.pledges_of(ctx, found)
    count = answers.count()
    at, pages = page_within(request.GET, count, PAGE)
    if "answer" in request.GET:
        at = queries.page_with(answers, request.GET["answer"], PAGE)
    pledges = [
        {"row": p, "actions": one_main(actions(ctx, p)), "phase": phase(p, ctx.now()), "want": found.want(p.want) or {}}
        for p in answers[(at - 1) * PAGE : at * PAGE]
    ]
    taking = found.state == "published" and found.until > ctx.now()
    context: dict[str, Any] = {
        "incident": Incident.objects.visible_to(ctx).filter(pk=found.incident_id).first() if found.incident_id else None,
        "found": found, "ground": found.rule, "tally": queries.tally(found), "pledges": pledges,
        "count": count, "page": at, "pages": pages, "actions": actions(ctx, found),
        "phase": phase(found, ctx.now()), "contact": ctx.may(CONTACT, found.scope), "runs": runs, "taking": taking,
        "number": new_number(), "answers": taking and bool(own & set(found.reached)) and not runs,
        "public": request.build_absolute_uri(f"/help/{found.code}/") if _is_public(ctx, found) else "",
        "places": list(Region.objects.filter(code__in=found.regions).order_by("code")),
        "history": entries_of(APPEAL.key, found.pk, names=evidence_names(APPEAL)) if ctx.may(Appeal.view_permission, found.scope) else [],
    }  # fmt: skip
    if runs:
        context["without"] = without_account(found) if found.to_firms else []
        context["firms"] = list(organisations(path_down_to(found.scope, "county")).filter(kind="enterprise"))
        context["owed"] = list(queries.compensations(ctx).filter(appeal=found).order_by("receipt"))
    return render(request, "command/appeal.html", context)


@require_POST
@signed_in
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A firm answers in its own name."""
    ctx, given = ctx_of(request), request.POST
    found = queries.appeal(ctx, pk)
    answer_as_firm(ctx, appeal=found, request=number_of(given.get("request")), **_offer(given))
    return done(request, _("已答复，等待值班室接受"), to=found.get_absolute_url())


@require_POST
@signed_in
def note(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An answer by telephone."""
    ctx, given = ctx_of(request), request.POST
    found = queries.appeal(ctx, pk)
    note_answer(
        ctx, appeal=found, organisation=given.get("organisation", ""), request=number_of(given.get("request")), **_offer(given)
    )  # fmt: skip
    return done(request, _("已登记应征"), to=found.get_absolute_url())


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The card of appeals on an incident's page."""
    ctx = ctx_of(request)
    incident = Incident.objects.get_visible(ctx, pk=pk)
    rows = list(queries.appeals(ctx).filter(incident=incident).order_by("-opened_at")[:20])
    may_draft = incident.is_open and any(incident.scope.startswith(p) for p in ctx.paths(services.DRAFT))
    return render(request, "command/appeals_panel.html", {"rows": rows, "incident": incident, "may_draft": may_draft})


@require_GET
@signed_in
def compensations(request: HttpRequest) -> HttpResponse:
    """The ledger: ``?state=``, ``?form=xlsx``."""
    ctx = ctx_of(request)
    state = request.GET.get("state", "open")
    rows = queries.compensations(ctx).order_by("-used_to", "pk")
    rows = rows.open() if state == "open" else rows.filter(closed_at__isnull=False) if state == "ended" else rows
    if request.GET.get("form") == "xlsx":
        for path in ctx.paths(Compensation.view_permission) or ("",):
            ctx.require("command.compensation.export", path)
        title = f"{'【演练】' if ctx.is_exercise else ''}{_('征用补偿台账')}"
        made = sheet.compensations_xlsx(rows, contact=lambda one: ctx.may(CONTACT, one.scope), title=title)
        answer = HttpResponse(made, content_type=XLSX)
        answer["Content-Disposition"] = content_disposition_header(True, f"{title}.xlsx")
        answer["Cache-Control"] = "no-store"
        return answer
    count = rows.count()
    at, pages = page_within(request.GET, count, PAGE)
    shown = [{"row": c, "phase": phase(c, ctx.now()), "condition": sheet.condition_of(c.condition)}
             for c in rows[(at - 1) * PAGE : at * PAGE]]  # fmt: skip
    return render(request, "command/compensations.html", {
        "rows": shown, "count": count, "page": at, "pages": pages, "state": state,
        "may_export": bool(ctx.paths("command.compensation.export")),
        "tabs": [{"label": label, "url": f"?state={key}", "active": key == state}
                 for key, label in (("open", _("未了")), ("ended", _("已了")), ("all", _("全部")))],
    })  # fmt: skip


@require_GET
@signed_in
def compensation(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.compensation(ctx, pk)
    return render(request, "command/compensation.html", {
        "found": found, "actions": actions(ctx, found), "phase": phase(found, ctx.now()), "contact": ctx.may(CONTACT, found.scope),
        "condition": sheet.condition_of(found.condition), "ground": found.appeal.rule,
        "history": entries_of(COMPENSATION.key, found.pk, names=evidence_names(COMPENSATION)),
    })  # fmt: skip


def _is_public(ctx: Context, found: Appeal) -> bool:
    return found.to_residents and found.state == "published" and not ctx.is_exercise


def _regions(ctx: Context) -> list[Region]:
    rows = [r for path in ctx.paths(services.DRAFT) for r in regions_under(path, levels=("township",))]
    rows += [
        r for path in ctx.paths(services.DRAFT) for r in regions_under(path, levels=("village",)) if path.count("/") > 2
    ]
    return sorted(rows, key=lambda r: r.path)[:300]


def _home(ctx: Context, incident: Incident | None) -> Region:
    """In whose name it is written: the writer's own region, the one that an incident lies in when there are several."""
    paths = ctx.paths(services.DRAFT)
    if incident is not None:
        paths = tuple(p for p in paths if incident.scope.startswith(p)) or paths
    return region_at(paths[0]) or _regions(ctx)[0]


def _wants(given: Any) -> list[dict[str, Any]]:
    found = []
    for n in range(1, LINES + 1):
        amount = str(given.get(f"amount-{n}") or "").strip()
        found.append({
            "kind": given.get(f"kind-{n}", ""), "what": given.get(f"what-{n}", ""),
            "amount": whole(amount, "wants") if amount else 0,
        })  # fmt: skip
    return found


def _offer(given: Any) -> dict[str, Any]:
    return {
        "want": given.get("want", ""), "amount": whole(given.get("amount", ""), "amount"), "text": given.get("text", ""),
        "name": given.get("name", ""), "phone": given.get("phone", ""),
    }  # fmt: skip


def whole(text: str, field: str) -> int:
    """A number as a person types it. Raises BadInput."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadInput(_("数量应是整数"), field=field, mend=_("例如 3"))
    return int(text)
