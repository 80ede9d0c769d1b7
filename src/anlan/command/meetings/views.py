"""Pages of meetings: the list, calling one, one with attendance, minutes and decisions, and all decisions with how far they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.headquarters.queries import bodies
from anlan.command.models import Meeting, MeetingDecision
from anlan.command.units import units_to_ask
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.loops import new_number, number_of
from anlan.kernel.moments import read_moment
from anlan.kernel.paging import page_within
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.papers import paper_answer
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.web import signed_in

from . import deciding, queries, services
from .loops import MEETING
from .papers import minutes_of, notice_of

PAGE = 50


@require_GET
@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """Meetings that are not over first, the next in front; then those with signed minutes."""
    ctx = ctx_of(request)
    running = list(queries.meetings(ctx).open().order_by("starts_at", "pk"))
    ended = queries.meetings(ctx).filter(closed_at__isnull=False).order_by("-starts_at", "pk")
    count = ended.count()
    at, pages = page_within(request.GET, count, PAGE)
    return render(request, "command/meetings.html", {
        "rows": [{"row": m, "phase": phase(m, ctx.now())} for m in running], "ended": list(ended[(at - 1) * PAGE : at * PAGE]),
        "count": count, "page": at, "pages": pages, "may_call": any(queries.may_run(ctx, b) for b in _bodies(ctx)),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """Call a meeting of a body that this person prepares meetings of; `?body=` names it."""
    ctx = ctx_of(request)
    mine = [b for b in _bodies(ctx) if queries.may_run(ctx, b)]
    if not mine:
        raise NotAllowed(permission=queries.CALL)
    given = request.POST if request.method == "POST" else request.GET
    body = next((b for b in mine if str(b.pk) == given.get("body")), None)
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            if body is None:
                raise BadInput(_("请选择指挥机构"), field="body", mend=_("请从列出的机构中选择"))
            made = services.call_meeting(
                ctx, headquarters=body, title=given.get("title", ""), starts_at=read_moment(given.get("starts_at", ""), "starts_at"),
                agenda=given.get("agenda", "").splitlines(), place=given.get("place", ""), meeting_url=given.get("meeting_url", ""),
                organisations=request.POST.getlist("organisations"), request=number_of(given.get("request")),
            )  # fmt: skip
            return done(request, _("已通知参会人员，等待答复"), to=made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    return render(request, "command/meeting_new.html", {
        "bodies": mine, "body": body, "given": given, "fault": fault, "number": given.get("request") or new_number(),
        "title": given.get("title") or (_("%(name)s会议") % {"name": body.name} if body else ""),
        "units": units_to_ask([body.scope] if body else sorted({b.scope for b in mine})), "chosen": request.POST.getlist("organisations"),
    }, status=fault.status if fault else 200)  # fmt: skip


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One meeting. A member sees the call and its own answer, and once they are signed the minutes."""
    ctx = ctx_of(request)
    found = queries.meeting(ctx, pk)
    runs, whole = _runs(ctx, found), _whole(ctx, found)
    rows = queries.seats_of(ctx, found)
    seats = [{"seat": s, "actions": actions(ctx, s), "phase": phase(s, ctx.now())} for s in rows]
    return render(request, "command/meeting.html", {
        "found": found, "seats": seats, "actions": actions(ctx, found), "phase": phase(found, ctx.now()), "runs": runs, "whole": whole,
        "holds": runs and found.state == "called", "drafts": runs and found.state == "held",
        "decisions": queries.decisions_of(ctx, found) if whole or found.signed else [],
        "came": sum(s.state == "present" for s in rows),
        "units": units_to_ask([found.scope]) if runs and found.state == "held" else [],
        "history": entries_of(MEETING.key, found.pk, names=evidence_names(MEETING)) if whole else [],
    })  # fmt: skip


@require_POST
@signed_in
def hold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who came: ``present`` are ids of seats, ``who-<id>`` the name of who sat there."""
    ctx = ctx_of(request)
    found = queries.meeting(ctx, pk)
    present = {seat: request.POST.get(f"who-{seat}", "") for seat in request.POST.getlist("present")}
    services.hold_meeting(ctx, meeting=found, chair=request.POST.get("chair", ""), present=present)
    return done(request, _("已登记到会 %(n)d 人") % {"n": len(present)}, to=found.get_absolute_url())


@require_POST
@signed_in
def minutes(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.meeting(ctx, pk)
    deciding.write_minutes(ctx, meeting=found, text=request.POST.get("minutes", ""))
    return done(request, _("会议内容已保存"), to=found.get_absolute_url())


@require_POST
@signed_in
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.meeting(ctx, pk)
    deciding.add_decision(
        ctx, meeting=found, text=request.POST.get("text", ""), organisations=request.POST.getlist("organisations"),
        due_at=read_moment(request.POST.get("due_at", ""), "due_at"),
    )  # fmt: skip
    return done(request, _("已记下，签发纪要时下达"), to=found.get_absolute_url())


@require_POST
@signed_in
def drop(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = MeetingDecision.objects.select_related("meeting__headquarters__office").get_visible(ctx, pk=pk)
    deciding.drop_decision(ctx, decision=found)
    return done(request, _("已删去"), to=found.meeting.get_absolute_url())


@require_GET
@signed_in
def decisions(request: HttpRequest) -> HttpResponse:
    """Every decision that this person may see, with how far it is: those under way, or all."""
    ctx = ctx_of(request)
    state = "all" if request.GET.get("state") == "all" else "undone"
    rows = queries.decisions(ctx, undone=state == "undone")
    count = rows.count()
    at, pages = page_within(request.GET, count, PAGE)
    tabs = [
        {"label": label, "url": f"?state={key}", "active": key == state, "count": count if key == state else None}
        for key, label in (("undone", _("未完成")), ("all", _("全部")))
    ]
    return render(request, "command/meeting_decisions.html", {
        "rows": queries.followed(ctx, rows[(at - 1) * PAGE : at * PAGE]), "tabs": tabs, "state": state,
        "count": count, "page": at, "pages": pages,
    })  # fmt: skip


@require_GET
@signed_in
def paper(request: HttpRequest, pk: UUID, which: str, form: str) -> HttpResponse:
    """``notice``: the call; ``minutes``: the minutes, for members once they are signed."""
    ctx = ctx_of(request)
    found = queries.meeting(ctx, pk)
    seats = queries.seats_of(ctx, found)
    if which == "notice" and _whole(ctx, found):
        return paper_answer(notice_of(found, seats), form)
    if which != "minutes" or not (_whole(ctx, found) or found.signed):
        raise Http404
    if not _whole(ctx, found):
        # The paper is the same for everybody who may have it.
        seats = queries.all_seats(found)
    return paper_answer(minutes_of(found, seats, [f.decision for f in queries.decisions_of(ctx, found)]), form)


def _bodies(ctx: Context) -> Any:
    return bodies(ctx).select_related("office")


def _runs(ctx: Context, found: Meeting) -> bool:
    return queries.may_draft(ctx, found)


def _whole(ctx: Context, found: Meeting) -> bool:
    """Whether this person sees it from the inside: of the headquarters, or of its office."""
    return ctx.may(Meeting.view_permission, found.scope) or _runs(ctx, found) or bool(ctx.keys & set(found.office_keys))
