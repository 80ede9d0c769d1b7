"""Pages and answers of the command map."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.queries.incidents import incident
from anlan.command.responses.kindcards.queries import handbooks_of
from anlan.command.views.answers import ctx_of
from anlan.command.views.incidents import timeline_rows
from anlan.decision.handbooks.queries import card_of_kind
from anlan.kernel.errors import BadInput
from anlan.kernel.ids import new_id
from anlan.kernel.layers import layer_of, within
from anlan.kernel.layers.within import read_area
from anlan.kernel.paging import page_number
from anlan.kernel.spreadsheet import Column, write_xlsx
from anlan.kernel.web.maps import MAX_WITHIN_BYTES, moment_of
from anlan.places.web import signed_in

from . import dispatching, plotting
from .config import incident_config, wall_config, wall_views
from .devices import scene_devices, scenes_obtained
from .moments import moment_of_incident
from .seats import take_seat
from .targets import move_target

#: A list that is taken away holds more than one that is read on the screen.
MOST_EXPORTED = 20_000


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The map with one incident in focus."""
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    return render(request, "command/map.html", {"incident": found, "map_config": incident_config(ctx, found)})


@require_GET
@signed_in
def moment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was known at ``at`` (ISO 8601; none: now), or is planned until then: a fragment."""
    ctx = ctx_of(request)
    at = moment_of(request.GET.get("at")) or ctx.now()
    found = incident(ctx, pk)
    shown = moment_of_incident(ctx, found, at)
    return render(request, "command/map_moment.html", {
        **shown, "story": timeline_rows(shown["story"]), "handbooks": handbooks_of(found), "card": card_of_kind(found.kind),
    })  # fmt: skip


@require_GET
@signed_in
def devices(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Devices that the scene should have and has: a fragment."""
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    return render(request, "command/map_devices.html", {"incident": found, "scene": scene_devices(ctx, found)})


@require_http_methods(["GET", "POST"])
@signed_in
def drawn(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What stands on the map (``?at=`` for then), or one sign more: ``{"symbol", "geometry", "label"}``."""
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    if request.method == "GET":
        marks = plotting.marks_of(ctx, found, moment_of(request.GET.get("at")))
        return _json({"type": "FeatureCollection", "features": marks})
    given = _given(request)
    made = plotting.draw(
        ctx,
        incident=found,
        symbol=str(given.get("symbol", "")),
        geometry=given.get("geometry"),
        label=given.get("label", ""),
    )
    return _answer(made, 201)


@require_http_methods(["GET", "POST", "DELETE"])
@signed_in
def mark(request: HttpRequest, pk: UUID, mark: UUID) -> HttpResponse:
    """One mark with its history; changed by POST (``seen``: the version that the page had), taken off by DELETE."""
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    if request.method == "GET":
        return _json(_one(ctx, plotting.mark_of(ctx, found, mark)))
    if request.method == "DELETE":
        seen = request.GET.get("seen", "")
        return _answer(
            plotting.remove(ctx, incident=found, mark=mark, seen=int(seen) if seen.isdecimal() and len(seen) < 9 else 0)
        )
    given = _given(request)
    seen_version = given.get("seen", 0)
    if not isinstance(seen_version, int):
        raise BadInput(_("版本号写错了"), field="seen", mend=_("请刷新后再试"))
    made = plotting.redraw(
        ctx, incident=found, mark=mark, seen=seen_version, geometry=given.get("geometry"), label=given.get("label"),
        symbol=str(given.get("symbol") or ""),
    )  # fmt: skip
    return _answer(made)


@require_POST
@signed_in
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    return _answer(plotting.undo(ctx, incident=incident(ctx, pk)))


@require_GET
@signed_in
def thing(request: HttpRequest, pk: UUID, key: str, thing: str) -> HttpResponse:
    """What was pressed on the map of an incident, and the order that may be given to it from there: a fragment."""
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    template, shown = layer_of(key).inspect(ctx, thing)
    # The inspected incident of another mark must not take the place of the one in focus.
    inner = render_to_string(template, shown, request=request)
    return render(request, "command/map_thing.html", {
        "inner": inner, "incident": found, "layer": key, "thing": thing, "taker": dispatching.offered(ctx, found, key, thing),
        "suggested": dispatching.suggested(found), "minutes": dispatching.MINUTES, "request_number": new_id(),
    })  # fmt: skip


@require_POST
@signed_in
def dispatch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send the team or unit that was pressed."""
    ctx = ctx_of(request)
    minutes = request.POST.get("minutes", "")
    made = dispatching.dispatch(
        ctx, incident=incident(ctx, pk), layer=request.POST.get("layer", ""), pk=request.POST.get("id", ""),
        text=request.POST.get("text", ""), minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 6 else 0,
        request=_number(request.POST.get("request", "")),
    )  # fmt: skip
    return render(request, "command/map_dispatched.html", {"instruction": made})


def _number(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_POST
@signed_in
def task_place(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move the place of a task: ``{"at": [lon, lat]}``; null puts it back to where the incident is."""
    moved = move_target(ctx_of(request), task=pk, at=_given(request).get("at"))
    return _json({"at": list(moved.target.coords) if moved.target else None})


@require_GET
@signed_in
def scenes(request: HttpRequest) -> HttpResponse:
    """How much of what the scenes of the open incidents should have is there and heard (OV-14), page by page."""
    return render(request, "command/map_scenes.html", scenes_obtained(ctx_of(request), page_number(request.GET)))


@require_POST
@signed_in
def seat(request: HttpRequest) -> HttpResponse:
    """Sit down at a seat: ``{"seat", "layers"?}``."""
    given = _given(request)
    take_seat(ctx_of(request), seat=str(given.get("seat", "")), layers=given.get("layers"))
    return HttpResponse(status=204)


@require_POST
@signed_in
def export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything inside a circle or a drawn shape as a spreadsheet: one line a thing, after the totals."""
    ctx = ctx_of(request)
    found = incident(ctx, pk)
    given = _given(request)
    area = read_area(given)
    answer = within(ctx, area, most=MOST_EXPORTED)
    columns = [
        Column("layer", _("图层")), Column("label", _("名称")), Column("detail", _("说明")), Column("lon", _("经度"), kind="decimal"),
        Column("lat", _("纬度"), kind="decimal"),
    ]  # fmt: skip
    rows = [[g["title"], i["label"], i["detail"], i["lon"], i["lat"]] for g in answer["groups"] for i in g["items"]]
    totals = [f"{g['title']}：{g['total']}" for g in answer["groups"]]
    totals += [f"{t['label']}：{_('未知') if t['value'] is None else t['value']} {t['unit']}" for t in answer["totals"]]
    notes = [
        _("范围 %(km2).2f 平方公里，%(at)s") % {"km2": area.km2, "at": f"{localtime(ctx.now()):%Y-%m-%d %H:%M}"},
        "；".join(totals),
    ]
    body = write_xlsx(columns, rows, title=found.title, notes=notes)
    response = HttpResponse(body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f'attachment; filename="{found.number}-within.xlsx"'
    return response


@require_GET
@signed_in
def wall(request: HttpRequest) -> HttpResponse:
    """The wall that turns through the open incidents."""
    seconds = request.GET.get("seconds", "")
    turn = min(max(int(seconds), 5), 600) if seconds.isdecimal() and len(seconds) < 5 else 20
    shown = {"map_config": wall_config(ctx_of(request)), "surface": "wall", "theme": "wall", "seconds": turn}
    return render(request, "map/wall.html", shown)


@require_GET
@signed_in
def wall_now(request: HttpRequest) -> HttpResponse:
    """What the wall turns through now: asked for when an incident came, moved or ended."""
    return _json(wall_views(ctx_of(request)))


def _given(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the request; what is too long is refused before it is read. Raises BadInput."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MAX_WITHIN_BYTES:
        raise BadInput(
            _("画得太细，平台不收（最多 %(kb)d KB）") % {"kb": MAX_WITHIN_BYTES // 1000}, field="geometry",
            mend=_("一个图形最多 500 个点，请画得简单些"),
        )  # fmt: skip
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):
        given = None
    if not isinstance(given, dict):
        raise BadInput(_("没有读懂"), field="geometry", mend=_("请重新画一次"))
    return given


def _one(ctx: Any, found: Any) -> dict[str, Any]:
    history = [
        {"version": v.version, "change": v.change, "what": v.get_change_display(), "by": v.by, "at": v.at.isoformat(), "label": v.label}
        for v in plotting.history_of(ctx, found)
    ]  # fmt: skip
    return {
        **plotting.feature(found),
        "history": history,
        "drawn_by": found.drawn_by,
        "drawn_at": found.drawn_at.isoformat(),
    }


def _answer(made: plotting.Drawn, status: int = 200) -> HttpResponse:
    return _json({**plotting.feature(made.mark), "over": made.over}, status)


def _json(body: Any, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
