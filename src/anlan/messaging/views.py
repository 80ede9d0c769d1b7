"""Pages of messaging: inbox and bell, rounds of calls, the board, one call, the proof sheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.paging import paged
from anlan.kernel.texts import whole_line
from anlan.kernel.web.papers import paper_answer
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions, step_url
from anlan.places.queries import people_behind, regions_under
from anlan.places.web import need, signed_in

from . import proof, queries, services
from .calling import calling_rule
from .models import Call, CallRound

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


@require_GET
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    """My messages, the unread ones first."""
    ctx = _ctx(request)
    found = paged(request.GET, queries.inbox(ctx), PAGE)
    shown = {
        "rows": found.rows, "unread": queries.unread_count(ctx), "page": found.page, "more": found.more,
        "mail": queries.mail_is_on(),
    }  # fmt: skip
    return render(request, "messaging/inbox.html", shown)


@require_GET
@signed_in
def bell(request: HttpRequest) -> HttpResponse:
    """The bell of the frame with its count, and the newest unread."""
    ctx = _ctx(request)
    unread = queries.unread_count(ctx)
    return render(
        request, "messaging/bell.html", {"unread": unread, "newest": queries.inbox(ctx)[:5] if unread else []}
    )


@require_http_methods(["GET", "POST"])
@signed_in
def message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Opening a message marks it read and leads to what it is about."""
    delivery = services.mark_read(_ctx(request), delivery=pk)
    return redirect(delivery.message.about_url or "messages")


@require_POST
@signed_in
def read_all(request: HttpRequest) -> HttpResponse:
    count = services.mark_all_read(_ctx(request))
    return _done(request, _("%(n)d 条已标为已读") % {"n": count}, "/messages/")


@require_GET
@need("messaging.call.view")
def rounds(request: HttpRequest) -> HttpResponse:
    """Rounds of calls, those still running first; and for whoever is called, what waits for an answer."""
    ctx = _ctx(request)
    found = list(queries.rounds(ctx)[:PAGE])
    tallies = queries.tally(ctx, found)
    nothing = {"total": 0, "answered": 0, "open": 0, "exhausted": 0}
    shown = [{"round": r, **tallies.get(r.pk, nothing)} for r in found]
    shown.sort(key=lambda r: r["open"] == 0)
    page = {"rounds": shown, "mine": queries.my_calls(ctx), "may_start": bool(ctx.paths("messaging.call.start"))}
    return render(request, "messaging/rounds.html", page)


@require_http_methods(["GET", "POST"])
@need("messaging.call.start")
def new_round(request: HttpRequest) -> HttpResponse:
    """Start a round by hand: why, what to say, whom."""
    ctx = _ctx(request)
    top = ctx.paths("messaging.call.start")[0]
    streets = list(regions_under(top, levels=["township"]))
    given = request.POST
    fault: Refused | None = None
    if request.method == "POST":
        try:
            round_ = services.start_calls(
                ctx, why=whole_line(_required(given, "why", _("事由")), 200, "why"), text=_required(given, "text", _("叫应内容")),
                urgent=given.get("urgent") == "true", regions=_chosen(given, top, streets),
            )  # fmt: skip
        except BadInput as error:
            if wants_json(request):
                raise
            fault = error
        else:
            return _done(request, _("已发起叫应"), round_.get_absolute_url())
    page = {
        "streets": streets,
        "given": given,
        "fault": fault,
        "rule": calling_rule(),
        "chosen": given.getlist("street"),
    }
    return render(request, "messaging/new_round.html", page, status=fault.status if fault else 200)


def _required(given: Any, name: str, label: str) -> str:
    value = given.get(name, "").strip()
    if not value:
        raise BadInput(_("请填写“%(label)s”") % {"label": label}, field=name)
    return str(value)


def _chosen(given: Any, top: str, streets: list[Any]) -> list[Any]:
    """The streets that were ticked (none: all), and with `whom` = communities also what is below them."""
    codes = set(given.getlist("street"))
    chosen = [s for s in streets if s.code in codes or not codes]
    if given.get("whom") != "communities":
        return chosen
    below = [r for s in chosen for r in regions_under(s.path, levels=["village"])]
    return [*chosen, *below]


@require_GET
@need("messaging.call.view")
def board(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The 叫应 board of one round, live."""
    ctx = _ctx(request)
    round_ = _round(ctx, pk)
    progress = queries.round_progress(ctx, round_)
    page = {
        "round": round_, "progress": progress, "rule": calling_rule(), "rows": _rows(ctx, round_, progress.waiting),
        "may_chase": ctx.may("messaging.call.chase", round_.scope) and progress.calling > 0,
        "rest": progress.unanswered - len(progress.waiting),
        "is_exercise": ctx.is_exercise,
    }  # fmt: skip
    return render(request, "messaging/board.html", page)


@require_GET
@need("messaging.call.view")
def place_calls(request: HttpRequest, pk: UUID, code: str) -> HttpResponse:
    """The calls below one street: a fragment, asked for when the street is opened on the board."""
    ctx = _ctx(request)
    round_ = _round(ctx, pk)
    page = {"rows": _rows(ctx, round_, queries.calls_below(ctx, round_, code)), "is_exercise": ctx.is_exercise}
    return render(request, "messaging/calls_table.html", page)


def _rows(ctx: Context, round_: CallRound, calls: list[Call]) -> list[dict[str, Any]]:
    """Calls as messaging/calls_table.html shows them, each with the steps that a person at the desk takes."""
    may_record = bool(ctx.paths("messaging.call.record"))
    return [{"call": c, "steps": [
        {"label": label, "main": main, "url": f"{step_url(c, step)}?next=/calls/{round_.pk}/"} for step, label, main in _steps(c)
    ] if may_record and c.is_open else []} for c in calls]  # fmt: skip


def _steps(call: Call) -> list[tuple[str, Any, bool]]:
    """(step, its button, whether it is the obvious next thing)."""
    if call.state == "exhausted":
        return [("send_somebody", _("派人上门"), True), ("record_late", _("登记应答"), False)]
    if call.state == "visiting":
        return [("reach", _("登记当面叫到"), True), ("record_late", _("登记应答"), False)]
    return [("record_answer", _("登记应答"), True)]


@require_POST
@need("messaging.call.chase")
def chase(request: HttpRequest, pk: UUID) -> HttpResponse:
    count = services.chase_calls(_ctx(request), round=pk)
    return _done(request, _("已催 %(n)d 个未应答对象") % {"n": count}, f"/calls/{pk}/")


@require_GET
@need("messaging.call.view")
def proof_sheet(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    """The proof sheet as a spreadsheet, a paper or a PDF."""
    ctx = _ctx(request)
    round_ = _round(ctx, pk)
    title = proof.proof_title(round_, ctx)
    if form != "xlsx":
        return paper_answer(proof.proof_paper(ctx, round_), form, title)
    response = HttpResponse(proof.proof_xlsx(ctx, round_), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{title}.xlsx")
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@need("messaging.call.view")
def call(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One call: where it stands, every attempt, what can be done."""
    ctx = _ctx(request)
    found: Call = Call.objects.select_related("round", "region__parent").get_visible(ctx, pk=pk)
    queries.attach_attempts([found])
    rung = found.rung_called()
    page = {
        "call": found, "actions": actions(ctx, found), "means": proof.means_label(found.answered_means),
        "people": people_behind([f"post:{rung['post']}"]) if rung and found.is_open else [], "rung": rung,
        "may_record": ctx.may("messaging.call.record", found.scope) and found.state == "calling",
        "phase": "ended" if not found.is_open else "late" if found.is_late(ctx.now()) else "waiting",
        "is_exercise": ctx.is_exercise,
    }  # fmt: skip
    return render(request, "messaging/call.html", page)


@require_POST
@need("messaging.call.record")
def no_answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The desk dialled and nobody picked up."""
    who = _required(request.POST, "who", _("拨给谁"))
    services.record_no_answer(_ctx(request), call=pk, who=who, note=request.POST.get("note", ""))
    return _done(request, _("已记下：无人接听"), f"/calls/call/{pk}/")


def _round(ctx: Context, pk: UUID) -> CallRound:
    found = queries.rounds(ctx).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _done(request: HttpRequest, said: str, url: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"message": said, "redirect": url}, json_dumps_params={"ensure_ascii": False})
    messages.success(request, said)
    return redirect(url)
