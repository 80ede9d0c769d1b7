"""Pages of instructions: the list, giving one (with whom it reaches, before it goes), and how far one is."""

from __future__ import annotations

import json
import uuid
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ids import new_id
from anlan.kernel.layers.within import area_of
from anlan.kernel.moments import read_moment
from anlan.kernel.paging import paged
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.messaging.services import mark_read_about
from anlan.places.models import Holding
from anlan.places.queries import organisations
from anlan.places.web import signed_in

from ...data.address_groups import shipped_groups
from ...models import Incident, Instruction, Response
from ...views.answers import ctx_of, done
from .. import queries as responses
from ..loops import FIGURES, TASK
from . import queries
from .addressing import groups_of, order_paths
from .following import chase_silent, may_chase, proofs_of
from .giving import KEY, MOST_DIGITS, give_instruction, preview

PAGE = 50
MOST_MAP_BYTES = 200_000


@require_GET
@signed_in
def instructions(request: HttpRequest) -> HttpResponse:
    """Instructions with how far each is, the newest first."""
    ctx = ctx_of(request)
    found = paged(request.GET, queries.instructions(ctx), PAGE)
    counts = queries.tallies(ctx, found.rows)
    return render(request, "command/instructions.html", {
        "rows": [{"instruction": i, "tally": counts.get(i.pk, queries.Tally())} for i in found.rows],
        "page": found.page, "more": found.more, "may_issue": bool(order_paths(ctx)),
    })  # fmt: skip


@require_GET
@signed_in
def instruction(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One instruction: for a unit its own task, for whoever gave it everybody's, the silent first, with proof of receipt."""
    ctx = ctx_of(request)
    found = queries.instruction(ctx, pk)
    mark_read_about(ctx, about_type=KEY, about_id=found.pk)
    tasks = queries.tasks_of(ctx, found)
    now, whole = ctx.now(), ctx.may(Instruction.view_permission, found.scope)
    proofs = proofs_of(ctx, found, tasks) if whole else {}
    units = found.reach.get("units", {})
    rows = [
        {
            "task": t, "phase": responses.phase_of(t, now), "mark": queries.mark_of(t, now), "proof": proofs.get(t.organisation_id),
            "mine": bool(ctx.keys & set(t.owner_keys)), "why": units.get(t.organisation_id, {}).get("why", []),
            "figures": _figures(t.figures),
        }
        for t in tasks
    ]  # fmt: skip
    for row in rows:
        row["actions"] = actions(ctx, row["task"]) if row["mine"] else []
        if row["mine"]:
            mark_read_about(ctx, about_type=TASK.key, about_id=row["task"].pk)
    tally = queries.tallies(ctx, [found]).get(found.pk, queries.Tally())
    return render(request, "command/instruction.html", {
        "instruction": found, "rows": rows, "tally": tally, "whole": whole, "missing": found.reach.get("missing", []) if whole else [],
        "notes": found.reach.get("notes", []) if whole else [], "may_chase": may_chase(ctx, found) and bool(tally.silent or tally.late),
        "attachments": shown_attachments(attachments_of(ctx, object_type=KEY, object_id=found.pk)),
        "incident": Incident.objects.visible_to(ctx).filter(pk=found.incident_id).first() if found.incident_id else None,
        "response": Response.objects.visible_to(ctx).filter(pk=found.response_id).first() if found.response_id else None,
    })  # fmt: skip


def _figures(given: dict[str, Any]) -> list[str]:
    labels = {spec.name: (spec.label, spec.unit) for spec in FIGURES}
    return [f"{labels[k][0]} {v} {labels[k][1]}" for k, v in given.items() if k in labels]


@require_POST
@signed_in
def chase(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One press: everybody silent, by message and telephone; with `superiors` also who stands above them."""
    ctx = ctx_of(request)
    found = queries.instruction(ctx, pk)
    went = chase_silent(ctx, instruction=found, superiors=request.POST.get("superiors") == "1")
    said = [_("已催 %(n)d 个单位，消息 %(m)d 人") % {"n": went.units, "m": went.people}]
    if went.rang:
        said.append(_("模拟电话 %(n)d 人（未真实拨号）") % {"n": went.rang})
    if went.by_hand:
        said.append(_("请人工拨打 %(n)d 人") % {"n": went.by_hand})
    if went.superiors:
        said.append(_("已告上级 %(n)d 个岗位") % {"n": went.superiors})
    return done(request, "，".join(said), to=found.get_absolute_url())


@require_POST
@signed_in
def reach(request: HttpRequest) -> HttpResponse:
    """Who would be reached by what is picked now, before anything is sent."""
    ctx = ctx_of(request)
    page: dict[str, Any] = {}
    try:
        asked, area = _addresses(request.POST)
        if asked or area:
            found, drawn = preview(ctx, asked=asked, area=area)
            page = {"reach": found, "km2": round(drawn.km2, 2) if drawn else None}
    except BadInput as wrong:
        page = {"fault": wrong}
    return render(request, "command/instruction_reach.html", page)


@require_http_methods(["GET", "POST"])
@signed_in
def new_instruction(request: HttpRequest) -> HttpResponse:
    """Giving one. `?response=`, `?incident=`, `?card=`, `?area=`, `?source=` and `?text=` say what it comes from."""
    ctx = ctx_of(request)
    given = request.POST if request.method == "POST" else request.GET
    parent = responses.response(ctx, given["response"]) if given.get("response") else None
    incident = Incident.objects.get_visible(ctx, pk=given["incident"]) if given.get("incident") else None
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            made = _given(ctx, request, parent, incident)
            one = queries.tasks_of(ctx, made)
            goes = made.get_absolute_url()
            said = _("已下达 %(n)d 项任务") % {"n": len(one)}
            notes = made.reach.get("notes", [])
            return done(request, "；".join([said, *notes]), to=goes)
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    return render(
        request,
        "command/instruction_new.html",
        _form(ctx, given, parent, incident, fault),
        status=fault.status if fault else 200,
    )


def _given(ctx: Context, request: HttpRequest, parent: Response | None, incident: Incident | None) -> Instruction:
    given = request.POST
    asked, area = _addresses(given)
    minutes = given.get("minutes", "").strip()
    due = read_moment(given.get("due_at", ""), "due_at")
    if minutes and (not minutes.isdecimal() or len(minutes) > MOST_DIGITS):
        raise BadInput(_("时限应是分钟数"), field="minutes", mend=_("例如 30"))
    files = [*request.FILES.getlist("files"), *request.FILES.getlist("voice")]
    source = given.get("source", "") or "hand"
    if source == "hand" and area:
        source = "map"
    elif source == "hand" and files and not given.get("text", "").strip():
        source = "voice"
    return give_instruction(
        ctx, text=given.get("text", ""), asked=asked, area=area, due_at=due, minutes=int(minutes) if minutes and due is None else None,
        source=source, source_ref=given.get("ref", ""), card=given.get("card", "")[:60], urgent=given.get("urgent") == "1",
        response=parent, incident=incident, files=files, request=_number(given.get("request", "")),
    )  # fmt: skip


def _addresses(given: QueryDict) -> tuple[list[str], dict[str, Any] | None]:
    """Organisations by code, posts and groups as addresses, a drawn area as in the address or as GeoJSON."""
    asked = [f"org:{code}" for code in given.getlist("organisations") if code]
    asked += [f"post:{value}" for value in given.getlist("posts") if value]
    asked += [f"group:{value}" for value in given.getlist("groups") if value]
    return asked, _area(given.get("area", ""))


def _area(text: str) -> dict[str, Any] | None:
    text = text.strip()
    if not text.startswith("{"):
        return area_of(text)
    if len(text) > MOST_MAP_BYTES:
        raise BadInput(_("圈定的范围数据太大"), field="area", mend=_("请把边线画得简单些"))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(_("看不懂这个范围"), field="area", mend=_("请在地图上重新圈画")) from None
    return {"geometry": found.get("geometry", found)} if isinstance(found, dict) else {"geometry": found}


def _number(text: str) -> UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _form(
    ctx: Context, given: Any, parent: Response | None, incident: Incident | None, fault: BadInput | None
) -> dict[str, Any]:
    paths = order_paths(ctx)
    units = [o for path in paths for o in organisations(path).exclude(kind="committee").order_by("kind", "code")]
    held = (
        Holding.objects.filter(
            until__isnull=True, post__retired_at__isnull=True, post__organisation__in=[o.pk for o in units],
            person__is_active=True,
        )
        .select_related("post__organisation", "person")
        .order_by("post__organisation__kind", "post__organisation_id", "post__rank")
    )  # fmt: skip
    area = given.get("area", "")
    return {
        "response": parent, "incident": incident, "given": given, "fault": fault, "units": _by_kind(units),
        "posts": [(f"{h.post.code}@{h.person_id}", f"{h.post.organisation} {h.post.name}（{h.person.name}）") for h in held],
        "groups": [*((g.id, g.name) for g in shipped_groups()), *((g.code, g.name) for g in groups_of(ctx))] if paths else [],
        "chosen": given.getlist("organisations"), "chosen_posts": given.getlist("posts"), "chosen_groups": given.getlist("groups"),
        "request_id": given.get("request") or str(new_id()), "area": area, "card": given.get("card", ""),
        "unfilled": _unfilled(parent, given.get("card", "")),
    }  # fmt: skip


def _unfilled(parent: Response | None, card: str) -> str:
    """The words of a card that nobody answers for, to be given by hand."""
    return next((u["text"] for u in (parent.unfilled if parent else []) if u.get("card") == card and card), "")


def _by_kind(units: list[Any]) -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for unit in units:
        found.setdefault(unit.get_kind_display(), []).append(unit)
    return list(found.items())
