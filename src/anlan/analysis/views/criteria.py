"""Pages of the book of criteria: what is in force, a version as a table, its trial, its history, a station's own settings."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.moments import moment_in
from anlan.kernel.spreadsheet import TableRefused
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.models import Region
from anlan.places.queries import region_at, regions_under
from anlan.places.web import need
from anlan.sensing import queries as sensing

from .. import services
from ..book import showing
from ..book.composing import LEVEL_ROWS, hazards_known
from ..book.sheets import rows_in, sheet_of
from ..book.table import read_key
from ..book.unobserved import undecidable
from ..data.criteria_files import own_levels, shipped_properties
from ..models import CriteriaVersion, Maintenance, StationLevel
from .showing import context

VIEW, CHANGE, KEEP = "analysis.criteria.view", "analysis.criteria.change", "analysis.maintenance.change"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_SHEET = 8 * 1024 * 1024
MOST_ROWS = 2000


@require_GET
@need(VIEW)
def criteria(request: HttpRequest) -> HttpResponse:
    """The criteria in force in a region, now or at another moment, each with its clause and the version it comes from."""
    ctx = context(request)
    region = _region(ctx, request.GET.get("region", ""))
    at = moment_in(request.GET.get("at", "")) or ctx.now()
    path = region.path if region else ""
    table = showing.in_force(at, path, request.GET.get("show", "warning"))
    drafts = CriteriaVersion.objects.visible_to(ctx).filter(region=region).open().exclude(state="released")
    shown = {
        "region": region, "regions": _regions(ctx), "at": at, "past": bool(request.GET.get("at")),
        "table": table, "tabs": _tabs(request), "draft": drafts.first() if region else None,
        "may_change": bool(region and ctx.may(CHANGE, path) and not ctx.is_exercise), "columns": showing.columns(),
        "undecidable": undecidable(), "versions": showing.versions(at, path),
    }  # fmt: skip
    return render(request, "analysis/criteria.html", shown)


@require_GET
@need(VIEW)
def criteria_history(request: HttpRequest) -> HttpResponse:
    """Every version of the regions that one sees, the newest first: who changed what, why, who released it, how long it held."""
    rows = (
        CriteriaVersion.objects.visible_to(context(request)).select_related("region", "based_on").order_by("-opened_at")
    )
    return render(
        request,
        "analysis/criteria_history.html",
        {"rows": [{"v": v, "changes": showing.changes(v)} for v in rows[:200]]},
    )


@require_GET
@need(VIEW)
def criteria_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version as a table; a draft can be typed into by those who may."""
    ctx = context(request)
    version = _version(ctx, pk)
    editable = _editable(ctx, version)
    now = ctx.now()
    shown = {
        "version": version, "editable": editable, "table": showing.of_version(version, request.GET.get("show", "warning")),
        "tabs": _tabs(request, changed=True), "columns": showing.columns(), "changes": showing.changes(version),
        "actions": actions(ctx, version), "phase": phase(version, now), "trial": showing.trial(version),
        "run": services.latest_trial(version),
        "history": entries_of(CriteriaVersion.loop.key, version.pk, names=evidence_names(CriteriaVersion.loop)),
        "properties": shipped_properties().values(), "functions": showing.FUNCTIONS.values(), "operators": showing.OPERATORS.values(),
        "level_rows": LEVEL_ROWS, "hazards": hazards_known(),
        "stations": sensing.stations(ctx).filter(scope__startswith=version.scope).order_by("pk")[:MOST_ROWS] if editable else [],
        "since": localtime(now - timedelta(days=30)).strftime("%Y-%m-%d %H:%M"), "until": localtime(now).strftime("%Y-%m-%d %H:%M"),
    }  # fmt: skip
    return render(request, "analysis/criteria_version.html", shown)


@require_POST
@need(CHANGE)
def criteria_open(request: HttpRequest) -> HttpResponse:
    """Begin a draft for a region."""
    ctx = context(request)
    region = _region(ctx, request.POST.get("region", ""))
    if region is None:
        raise NotFound()
    draft = services.open_draft(ctx, region=region)
    return _done(request, _("已起草第 %(n)d 版，改完后先试算再送审") % {"n": draft.number}, draft.get_absolute_url())


@require_POST
@need(CHANGE)
def criteria_cells(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep the typed cells: ``rows`` is JSON ``[{"key": "rainstorm|red|", "cells": {"value": "90"}}]``."""
    ctx = context(request)
    rows = _rows(request.POST.get("rows", ""))
    version, problems = services.edit_cells(ctx, version=_version(ctx, pk), rows=rows)
    return _kept(request, version, len(rows), problems)


@require_POST
@need(CHANGE)
def criteria_shape(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a row beside another, take one away, switch a criterion off or back to what ships."""
    ctx = context(request)
    name, level, path, station = _key(request.POST.get("key", ""))
    action = request.POST.get("action", "")
    if action not in ("any", "all", "remove", "off", "reset"):
        raise BadInput(_("不认得这个操作"), field="action", mend=_("请从菜单里选"))
    version = services.reshape(
        ctx, version=_version(ctx, pk), criterion=name, action=action, level=level, path=path, station=station
    )  # fmt: skip
    return _done(request, _("已改"), f"{version.get_absolute_url()}?show={request.POST.get('show', 'warning')}")


@require_POST
@need(CHANGE)
def criteria_own(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a station its own form of a criterion; its rows then stand in the table under those of the region."""
    ctx = context(request)
    name, station = request.POST.get("criterion", "").strip(), request.POST.get("station", "").strip()
    version = services.reshape(ctx, version=_version(ctx, pk), criterion=name, action="own", station=station)
    return _done(request, _("已加入，请在表里改它的阈值"), f"{version.get_absolute_url()}?show=changed")


@require_POST
@need(CHANGE)
def criteria_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a wholly new criterion into a draft, level by level."""
    ctx = context(request)
    version = services.add_criterion(ctx, version=_version(ctx, pk), given=request.POST.dict())
    return _done(request, _("已加入，解除条件等请在表里写"), f"{version.get_absolute_url()}?show=changed")


@require_POST
@need(CHANGE)
def criteria_try(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the draft tried on the readings kept between two instants; it runs beside the page."""
    ctx = context(request)
    since, until = (moment_in(request.POST.get(name, "")) for name in ("since", "until"))
    if since is None or until is None:
        raise BadInput(
            _("起止时间要写全"), field="since" if since is None else "until", mend=_("例如 2016-07-20 12:00")
        )
    trial = services.ask_trial(ctx, version=_version(ctx, pk), since=since, until=until)
    return _done(request, _("已开始试算，结果算好后自动显示"), f"{trial.version.get_absolute_url()}#try")


@require_POST
@need(CHANGE)
def criteria_try_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop the trial that is under way."""
    ctx = context(request)
    trial = services.cancel_trial(ctx, version=_version(ctx, pk))
    return _done(request, _("已取消试算"), f"{trial.version.get_absolute_url()}#try")


@require_GET
@need(VIEW)
def criteria_trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the latest trial is: a part of the page, which asks for it again while it is under way."""
    ctx = context(request)
    version = _version(ctx, pk)
    shown = {"version": version, "editable": _editable(ctx, version), "run": services.latest_trial(version)}
    return render(request, "analysis/trial_run.html", shown)


@require_GET
@need(VIEW)
def criteria_sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A version as a spreadsheet."""
    version = _version(context(request), pk)
    rows = [row for group in showing.of_version(version, "all") for row in group["rows"]]
    response = HttpResponse(sheet_of([r["row"] for r in rows], version.headline), content_type=XLSX)
    response["Content-Disposition"] = (
        f'attachment; filename="criteria-{version.region.short_code}-{version.number}.xlsx"'
    )
    return response


@require_POST
@need(CHANGE)
def criteria_sheet_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a changed spreadsheet into the draft; refused lines are told one by one."""
    ctx = context(request)
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > LARGEST_SHEET:
        raise BadInput(_("没有选择文件，或超过 8 MB"), field="file", mend=_("请选择导出后改好的表格"))
    try:
        rows, unread = rows_in(file.read(), file.name or "")
    except TableRefused as refused:
        raise BadInput(str(refused), field="file", mend=str(getattr(refused, "mend", ""))) from None
    version, problems = services.edit_cells(ctx, version=_version(ctx, pk), rows=rows)
    return _kept(request, version, len(rows), [*unread, *problems])


@require_GET
@need(VIEW)
def station_settings(request: HttpRequest, code: str) -> HttpResponse:
    """The levels of a station's own, and when it is worked on."""
    ctx = context(request)
    thing = sensing.station(ctx, code)
    known = {row.name: row for row in StationLevel.objects.visible_to(ctx).filter(station=thing)}
    shown = {
        "station": thing, "levels": [{"name": n, "zh": showing.OWN_ZH.get(n, n), "row": known.get(n)} for n in own_levels()],
        "windows": Maintenance.objects.visible_to(ctx).filter(station=thing).order_by("-since")[:50], "now": ctx.now(),
        "may_change": ctx.may(CHANGE, thing.scope), "may_keep": ctx.may(KEEP, thing.scope),
    }  # fmt: skip
    return render(request, "analysis/station_settings.html", shown)


@require_POST
@need(CHANGE)
def station_level(request: HttpRequest, code: str) -> HttpResponse:
    """Set or take away one level of a station's own."""
    ctx = context(request)
    thing = sensing.station(ctx, code)
    given = request.POST.get("value", "").strip()
    try:
        value = float(given) if given else None
    except ValueError:
        raise BadInput(_("“%(given)s”不是数字") % {"given": given[:20]}, field="value", mend=_("请只写数字")) from None
    services.set_station_level(
        ctx, station=thing, name=request.POST.get("name", ""), value=value, source=request.POST.get("source", "")
    )
    return _done(request, _("已保存"), f"/criteria/stations/{thing.pk}/")


@require_POST
@need(KEEP)
def station_maintenance(request: HttpRequest, code: str) -> HttpResponse:
    """Say when a station is worked on; or that the work has ended."""
    ctx = context(request)
    thing = sensing.station(ctx, code)
    ended = request.POST.get("ended", "")
    if ended:
        services.end_maintenance(ctx, row=Maintenance.objects.get_visible(ctx, pk=ended, station=thing))
    else:
        since, until = (moment_in(request.POST.get(name, "")) for name in ("since", "until"))
        if since is None or until is None:
            raise BadInput(
                _("起止时间要写全"), field="since" if since is None else "until", mend=_("例如 2016-07-20 12:00")
            )
        services.set_maintenance(ctx, station=thing, since=since, until=until, why=request.POST.get("why", ""))
    return _done(request, _("已保存"), f"/criteria/stations/{thing.pk}/")


def _kept(request: HttpRequest, version: CriteriaVersion, given: int, problems: list[dict[str, str]]) -> HttpResponse:
    """What came of typed cells: kept, or which were not and why."""
    if problems:
        faults = [
            {"field": f"{p['key']}:{showing.column_of(p['column'])}", "message": f"{p['message']} {p['mend']}".strip()}
            for p in problems
        ]  # fmt: skip
        said = _("%(n)d 行没有收，其余已保存：%(first)s") % {"n": len(problems), "first": problems[0]["message"]}
        raise BadInput(said, field=faults[0]["field"], mend=problems[0]["mend"], faults=faults[:MOST_ROWS])
    show = request.POST.get("show", "warning")
    return _done(request, _("已保存，%(n)d 行") % {"n": given}, f"{version.get_absolute_url()}?show={show}")


def _done(request: HttpRequest, said: str, to: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"message": said, "redirect": to}, json_dumps_params={"ensure_ascii": False})
    messages.success(request, said)
    return redirect(to)


def _version(ctx: Context, pk: UUID) -> CriteriaVersion:
    found: CriteriaVersion = CriteriaVersion.objects.select_related("region", "based_on").get_visible(ctx, pk=pk)
    return found


def _editable(ctx: Context, version: CriteriaVersion) -> bool:
    return version.state in services.WORKED_ON and ctx.may(CHANGE, version.scope) and not ctx.is_exercise


def _rows(text: str) -> list[dict[str, Any]]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, list) or len(given) > MOST_ROWS:
        raise BadInput(_("表格内容认不出来"), field="rows", mend=_("请刷新页面后再改"))
    found = []
    for one in given:
        cells = one.get("cells") if isinstance(one, dict) else None
        if not isinstance(cells, dict) or not all(isinstance(v, str) and len(v) <= 400 for v in cells.values()):
            raise BadInput(_("表格内容认不出来"), field="rows", mend=_("请刷新页面后再改"))
        name, level, path, station = _key(str(one.get("key", "")))
        found.append({"criterion": name, "level": level, "path": path, "station": station, "cells": cells})
    return found


def _key(text: str) -> tuple[str, str, str, str]:
    found = read_key(text)
    if found is None:
        raise BadInput(_("行号认不出来"), field="key", mend=_("请刷新页面后再改"))
    return found


def _tabs(request: HttpRequest, *, changed: bool = False) -> list[dict[str, Any]]:
    shown = request.GET.get("show", "warning")
    kept = "".join(f"&{k}={request.GET[k]}" for k in ("region", "at") if request.GET.get(k))
    names = [
        ("warning", _("预警信号标准")),
        ("response", _("响应条件")),
        *([("changed", _("只看改动"))] if changed else []),
    ]
    return [{"label": label, "url": f"?show={name}{kept}", "active": shown == name} for name, label in names]


def _regions(ctx: Context) -> list[Region]:
    """Counties that the person sees, for the choice of a region."""
    found = {
        r.pk: r
        for path in ctx.paths(VIEW)
        for r in regions_under(path, levels=["county"]).defer("outline", "position")[:200]
    }
    own = [region_at("/".join(path.split("/")[:2]) + "/") for path in ctx.paths(VIEW) if path.count("/") >= 2]
    return sorted({**found, **{r.pk: r for r in own if r}}.values(), key=lambda r: r.path)


def _region(ctx: Context, code: str) -> Region | None:
    """The region asked for among those that the person sees; without one the first of them."""
    regions = _regions(ctx)
    if not code:
        return regions[0] if regions else None
    found = next((r for r in regions if code in (r.code, r.short_code)), None)
    if found is None:
        raise NotFound()
    return found
