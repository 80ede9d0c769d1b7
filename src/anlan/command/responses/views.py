"""Pages of responses and tasks: the list, the board, orders as papers, one task, tasks by hand, my own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.decision import queries as decided
from anlan.decision import services as decision
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import new_number, number_of
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.papers import paper_answer
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.messaging.services import mark_read_about
from anlan.places.web import signed_in

from ..models import Instruction, Response
from . import queries, services
from .cells import cells_html, folded_html
from .instructions.queries import mark_of
from .loops import LEADERS, RESPONSE, TASK
from .papers import order_paper

PAGE = 50
REQUEST = "decision.proposal.request"


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


@require_GET
@signed_in
def responses(request: HttpRequest) -> HttpResponse:
    """Responses in force, then those that ended."""
    ctx = _ctx(request)
    rows = list(queries.responses(ctx)[:PAGE])
    counts = queries.task_counts(ctx, rows)
    shown = [{"response": r, "counts": counts.get(r.pk, {}), "phase": phase(r, ctx.now())} for r in rows]
    return render(request, "command/responses.html", {"rows": shown, "may_ask": bool(ctx.paths(REQUEST))})


@require_GET
@signed_in
def response(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The response board: members by cards, the silent first. A department sees its own row."""
    ctx = _ctx(request)
    found = queries.response(ctx, pk)
    board = queries.board(ctx, found)
    rows = [] if board.folded else [{"row": r, "cells": cells_html(r.cells)} for r in board.rows]
    changes, whole = _changes(ctx, found), ctx.may(Response.view_permission, found.scope)
    return render(request, "command/response.html", {
        "response": found, "board": board, "rows": rows, "orders": queries.orders(ctx, found), "actions": [*actions(ctx, found), *changes],
        "may_chase": any(ctx.holds(role, found.scope) for role in services.CHASERS), "phase": phase(found, ctx.now()),
        "due": found.due_at.isoformat() if found.due_at and found.is_open else "", "may_issue": _may_issue(ctx, found.scope),
        "together": _together(ctx, found), "whole": whole, "record": found, "loop": RESPONSE,
        "folded": folded_html(board.rows) if board.folded else "", "pressing": cells_html(board.pressing, with_member=True),
        "history": entries_of(RESPONSE.key, found.pk, names=evidence_names(RESPONSE)) if whole else [],
        "findings": decided.findings_about(ctx, found.pk), "finding_number": new_number(),
        "may_find": not found.is_open and ctx.may(services.FINDING, found.scope),
    })  # fmt: skip


@require_POST
@signed_in
def finding(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the response showed to be wrong with its plan."""
    ctx, given = _ctx(request), request.POST
    found = queries.response(ctx, pk)
    made = services.record_plan_finding(
        ctx, response=found, place=given.get("place", ""), text=given.get("text", ""), mend=given.get("mend", ""),
        request=number_of(given.get("request")),
    )  # fmt: skip
    said = _("已记录，预案《%(plan)s》已转入编修") if made.revision else _("已记录；《%(plan)s》的新版备案后再转入编修")
    return _answer(request, said % {"plan": made.plan.title}, f"{found.get_absolute_url()}#findings")


def _together(ctx: Context, found: Response) -> dict[str, Any] | None:
    """Several responses at once in the region: the highest rules; None when this is the only one."""
    all_of_them = queries.beside(ctx, found)
    if len(all_of_them) < 2 or not found.is_open:
        return None
    shared = queries.tasks(ctx, of=found).open().exclude(also_for=[]).count()
    return {"highest": all_of_them[0], "others": [r for r in all_of_them if r.pk != found.pk], "shared": shared}


@require_GET
@signed_in
def member_row(request: HttpRequest, pk: UUID, member: str) -> HttpResponse:
    """The cells of one member in full, asked for when its row is opened."""
    ctx = _ctx(request)
    cells = queries.row_of(ctx, queries.response(ctx, pk), member)
    return HttpResponse(format_html('<div class="cells">{}</div>', cells_html(cells)))


def _changes(ctx: Context, found: Response) -> list[dict[str, Any]]:
    """Buttons to raise, lower and end: an order at once from whoever has the power, a proposal from whoever may ask."""
    if not found.is_open or not ctx.may(REQUEST, found.scope):
        return []
    levels = ("I", "II", "III", "IV")
    above = [(v, f"{v}级") for i, v in enumerate(levels, 1) if i < found.level_number]
    below = [(v, f"{v}级") for i, v in enumerate(levels, 1) if i > found.level_number]
    reason = {"name": "reason", "label": _("理由"), "kind": "longtext", "required": True, "max_length": 2000}
    checked = {
        "name": "checked", "label": _("终止条件核实情况"), "kind": "longtext", "required": True, "max_length": 2000,
        "help": _("值班室如何核实：预警解除、积水排干、人员安全返回等"),
    }  # fmt: skip

    def level_field(choices: list[tuple[str, str]]) -> dict[str, Any]:
        return {
            "name": "level",
            "label": _("级别"),
            "kind": "choice",
            "required": True,
            "choices": choices,
            "default": choices[-1][0],
        }

    url = f"/responses/{found.pk}/change/"
    shown = []
    if above:
        shown.append(
            {"name": "raise", "label": _("提升"), "url": f"{url}?kind=raise", "evidence": [level_field(above), reason]}
        )
    if below:
        shown.append(
            {
                "name": "lower",
                "label": _("降低"),
                "url": f"{url}?kind=lower",
                "evidence": [level_field(below[::-1]), reason],
            }
        )
    shown.append({"name": "end", "label": _("终止"), "url": f"{url}?kind=end", "evidence": [reason, checked],
                  "confirm": _("终止后未完成的任务将撤销（须继续办理的除外），并生成终止令。")})  # fmt: skip
    return [{"method": "post", "main": False, "confirm": "", **s} for s in shown]


@require_POST
@signed_in
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Raise, lower or end: an order when the person has the power, otherwise a proposal to the one who has."""
    ctx = _ctx(request)
    found = queries.response(ctx, pk)
    kind, given = request.GET.get("kind", ""), request.POST
    asked: dict[str, Any] = {
        "region": found.region, "hazard": found.hazard, "kind": kind, "reason": given.get("reason", ""), "level": given.get("level", ""),
    }  # fmt: skip
    if kind == "end" and not given.get("checked", "").strip():
        raise BadInput(_("请写明终止条件由值班室如何核实"), field="checked")
    if decision.may_sign(ctx, region=found.region, hazard=found.hazard, kind=kind, level=asked["level"]):
        decision.order_change(ctx, **asked, checked=given.get("checked", ""))
        said, goes = _("已签发，正在下达"), found.get_absolute_url()
    else:
        made = decision.request_change(ctx, **asked)
        said, goes = _("已提出，等待%(who)s决定") % {"who": made.approve_name}, made.get_absolute_url()
    return _answer(request, said, goes)


@require_POST
@signed_in
def chase(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One press chases all that are late."""
    ctx = _ctx(request)
    found = queries.response(ctx, pk)
    count = services.chase_late(ctx, found)
    said = _("已催办 %(n)d 项超时任务") % {"n": count} if count else _("没有新的超时任务；5 分钟内已催过的不重复催")
    return _answer(request, said, found.get_absolute_url())


@require_GET
@signed_in
def order(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    """The signed order as a paper."""
    found = queries.order(_ctx(request), pk)
    paper = order_paper(found)
    return paper_answer(paper, form, f"{paper.full_title}{found.serial}")


@require_GET
@signed_in
def tasks(request: HttpRequest) -> HttpResponse:
    """My own tasks, or all that I may see."""
    ctx = _ctx(request)
    view = "all" if request.GET.get("view") == "all" else "mine"
    rows = queries.my_tasks(ctx) if view == "mine" else list(queries.tasks(ctx).open().order_by("due_at")[:200])
    now = ctx.now()
    tabs = [
        {"label": _("我的任务"), "url": "?view=mine", "active": view == "mine", "count": None},
        {"label": _("全部未办结"), "url": "?view=all", "active": view == "all", "count": None},
    ]
    shown = [
        {
            "task": t,
            "phase": queries.phase_of(t, now),
            "mark": mark_of(t, now),
            "actions": actions(ctx, t) if view == "mine" else [],
        }
        for t in rows
    ]
    return render(
        request, "command/tasks.html", {"rows": shown, "tabs": tabs, "view": view, "may_issue": _may_issue(ctx, None)}
    )


@require_GET
@signed_in
def task(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One task: what, for whom, by when, what can be done, what came back."""
    from anlan.kernel.services.attachments import attachments_of, shown_attachments

    ctx = _ctx(request)
    found = queries.task(ctx, pk)
    labels = {spec.name: (spec.label, spec.unit) for step in TASK.steps for spec in step.evidence}
    figures = [
        {"name": labels[k][0], "value": v, "unit": labels[k][1]} for k, v in found.figures.items() if k in labels
    ]
    parent = Response.objects.visible_to(ctx).filter(pk=found.response_id).first() if found.response_id else None
    order = (
        Instruction.objects.visible_to(ctx).filter(pk=found.instruction_id).first() if found.instruction_id else None
    )
    mark_read_about(ctx, about_type=TASK.key, about_id=found.pk)
    return render(request, "command/task.html", {
        "task": found, "instruction": order, "mark": mark_of(found, ctx.now()),
        "response": parent, "actions": actions(ctx, found), "phase": queries.phase_of(found, ctx.now()),
        "due": found.due_at.isoformat() if found.due_at and found.is_open else "", "figures": figures, "record": found, "loop": TASK,
        "history": entries_of(TASK.key, found.pk, names=evidence_names(TASK)),
        "attachments": shown_attachments(attachments_of(ctx, object_type=TASK.key, object_id=found.pk)),
    })  # fmt: skip


def _may_issue(ctx: Context, scope: str | None) -> bool:
    if scope is None:
        return bool(ctx.roles & {*TASK.opened_by})
    return any(ctx.holds(role, scope) for role in (*TASK.opened_by, *LEADERS))


def _answer(request: HttpRequest, said: str, goes: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"message": said, "redirect": goes}, json_dumps_params={"ensure_ascii": False})
    messages.success(request, said)
    return redirect(goes)
