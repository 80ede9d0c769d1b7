"""The roster of a month: read, laid out, changed cell by cell, taken out and in as a sheet."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command.models import Roster, Shift
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.moments import day_in, read_moment
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names
from anlan.kernel.web.steps import actions
from anlan.places.models import Person, Region
from anlan.places.queries import region as region_of_code
from anlan.places.web import need

from .. import services
from ..cells import Cell, counts_of
from ..circumstances import candidates, near
from ..grid import Grid, as_json, draft_grid, shift_grid, state_of
from ..loops import ROSTER
from ..queries import absent, on_duty
from ..sheets import roster_sheet, take_sheet

VIEW, PLAN = "command.roster.view", "command.roster.plan"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHEET = 4_000_000


def own_region(ctx: Context, code: str, permission: str = VIEW) -> Region:
    """The region that was asked for, or the highest in which the person may see rosters. Raises NotFound for a foreign one."""
    paths = ctx.paths(permission)
    if code:
        found = region_of_code(code)
        if not any(found.path.startswith(p) for p in paths):
            raise NotFound()
        return found
    first = Region.objects.filter(path=paths[0]).first() if paths else None
    if first is None:
        raise NotFound()
    return first


def month_of(text: str, ctx: Context) -> date:
    """The first day of the month as the address names it (2016-07), or of the present one."""
    if not text:
        return localtime(ctx.now()).date().replace(day=1)
    first = day_in(f"{text}-01")
    if first is None:
        raise BadInput(_("看不懂这个月份"), field="month", mend=_("写成 2016-07 的样子"))
    return first


def neighbours(month: date) -> tuple[date, date]:
    return (month - timedelta(days=1)).replace(day=1), (month + timedelta(days=32)).replace(day=1)


@require_GET
@need(VIEW)
def month(request: HttpRequest) -> HttpResponse:
    """The month as it is in force, who is on duty now or was at any moment, and the drafts in work.

    Where no month is asked for, the grid begins with the day before the one that matters: tonight stands on top, not below the fold.
    """
    ctx = ctx_of(request)
    here = own_region(ctx, request.GET.get("region", ""))
    asked = read_moment(request.GET.get("at", ""), "at")
    chosen = month_of(request.GET.get("month", "") or (f"{localtime(asked):%Y-%m}" if asked else ""), ctx)
    shifts = shifts_of(ctx, here, chosen)
    before, after = neighbours(chosen)
    rosters = Roster.objects.visible_to(ctx).filter(region=here, month=chosen)
    today = localtime(ctx.now()).date()
    grid = shift_grid(here, chosen, shifts, today) if shifts else None
    first = (
        max(chosen, localtime(asked or ctx.now()).date() - timedelta(days=1)) if "month" not in request.GET else chosen
    )
    earlier = (first - chosen).days
    if grid is not None and earlier:
        grid.lines = grid.lines[earlier:]
    return render(request, "command/duty/month.html", {
        "region": here, "month": chosen, "before": before, "after": after, "today": today,
        "grid": grid, "earlier": earlier if grid is not None else 0, "published": rosters.filter(state="published").first(),
        "draft": rosters.open().first(), "may_plan": ctx.may(PLAN, here.path), "asked": asked,
        "seated": on_duty(ctx, here, asked), "absent": absent(ctx, here, asked) if asked else [], "at": asked or ctx.now(),
    })  # fmt: skip


def shifts_of(ctx: Context, region: Region, month: date) -> list[Shift]:
    rows = Shift.objects.visible_to(ctx).filter(region=region, day__gte=month, day__lt=neighbours(month)[1])
    return list(rows.select_related("person", "planned_person").order_by("starts_at", "order", "id"))


@require_POST
@need(PLAN)
def begin(request: HttpRequest) -> HttpResponse:
    ctx = ctx_of(request)
    here = own_region(ctx, request.POST.get("region", ""), PLAN)
    made = services.begin_roster(
        ctx, region=here, month=month_of(request.POST.get("month", ""), ctx), fill=request.POST.get("fill", "1") == "1"
    )
    return done(request, _("已生成，请核对后送审"), to=made.get_absolute_url())


def roster_at(ctx: Context, pk: UUID) -> Roster:
    found: Roster = Roster.objects.select_related("region").get_visible(ctx, pk=pk)
    return found


@require_GET
@need(VIEW)
def roster(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One roster: the grid to work on while it is drafted, to read before it is published."""
    ctx = ctx_of(request)
    found = roster_at(ctx, pk)
    if found.state in ("published", "replaced"):
        return redirect(f"/duty/?region={found.region.short_code}&month={found.month:%Y-%m}")
    cells = services.cells_of(found)
    grid = _grid(ctx, found, cells)
    may_edit = found.state == "drafted" and ctx.may(PLAN, found.scope)
    return render(request, "command/duty/roster.html", {
        "roster": found, "grid": grid, "said": state_of(grid), "may_edit": may_edit, "actions": actions(ctx, found),
        "people": _people(found, cells), "record": found, "loop": ROSTER,
        "history": entries_of(ROSTER.key, found.pk, names=evidence_names(ROSTER))[:60],
    })  # fmt: skip


def _grid(ctx: Context, found: Roster, cells: list[Cell]) -> Grid:
    names = {str(p.pk): p.name for p in Person.objects.filter(pk__in={c.person for c in cells if c.person})}
    return draft_grid(found, cells, services.judged(ctx, found, cells), names, localtime(ctx.now()).date())


def _people(found: Roster, cells: list[Cell]) -> list[dict[str, Any]]:
    """Whom the page offers, with how much they have: those of the region itself and whoever is on the roster already."""
    counts = counts_of(cells)
    offered = {p.pk: p for p in near(found.region, found.month)}
    offered |= {p.pk: p for p in Person.objects.filter(pk__in=set(counts) - {str(pk) for pk in offered})}
    none = {"shifts": 0, "hours": 0.0, "off": 0}
    people = sorted(offered.values(), key=lambda p: (str(p.pk) not in counts, p.username))
    return [{"person": p, "key": str(p.pk), **counts.get(str(p.pk), none)} for p in people]


@require_POST
@need(PLAN)
def cells(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put people into cells: ``{"cells": {key: name, account or id, "" for nobody}}``; answers with the grid's new state."""
    ctx = ctx_of(request)
    found = roster_at(ctx, pk)
    try:
        given = json.loads(request.body or b"{}")["cells"]
        wanted = {str(key): str(name).strip() for key, name in given.items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise BadInput(_("看不懂提交的内容"), field="cells") from None
    services.change_cells(ctx, roster=found, people=_named(found, wanted))
    now = services.cells_of(found)
    people = [{k: v for k, v in p.items() if k != "person"} for p in _people(found, now)]
    body = {**as_json(_grid(ctx, found, now)), "people": people}
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _named(found: Roster, wanted: dict[str, str]) -> dict[str, str]:
    """Ids for what was typed: an account, a whole name, or the beginning of a name that only one person has."""
    people = candidates(found.region, found.month)
    read: dict[str, str] = {}
    for key, text in wanted.items():
        exact = [p for p in people if text in (str(p.pk), p.username, p.name)]
        hits = exact or [p for p in near(found.region, found.month) if text and text in p.name]
        if text and len(hits) != 1:
            raise BadInput(
                _("“%(name)s”有 %(n)d 人") % {"name": text, "n": len(hits)} if hits else _("没有“%(name)s”") % {"name": text},
                field="person", mend=_("请从名单里选，或写账号"),
            )  # fmt: skip
        read[key] = str(hits[0].pk) if text else ""
    return read


@require_POST
@need(PLAN)
def fill(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = roster_at(ctx, pk)
    count = services.refill(ctx, roster=found, anew=request.POST.get("anew") == "1")
    said = (
        _("已按轮换补入 %(n)d 格") % {"n": count}
        if count
        else _("没有可补的格子：请先在模板里设轮班名单，或名单里的人都不能排")
    )
    return done(request, said, to=found.get_absolute_url())


@require_GET
@need(VIEW)
def sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The roster as .xlsx, as it was published or as it is drafted."""
    ctx = ctx_of(request)
    found = roster_at(ctx, pk)
    if found.state in ("published", "replaced"):
        rows = [s for s in shifts_of(ctx, found.region, found.month) if s.roster_id == found.pk]
        grid = shift_grid(found.region, found.month, rows, localtime(ctx.now()).date())
    else:
        grid = _grid(ctx, found, services.cells_of(found))
    answer = HttpResponse(roster_sheet(grid, str(found)), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, f"{found}.xlsx")
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@need(PLAN)
def take_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Names from a sheet into a draft, all or none."""
    ctx = ctx_of(request)
    found = roster_at(ctx, pk)
    file = request.FILES.get("file")
    if file is None:
        raise BadInput(_("没有选文件"), field="file", mend=_("请选导出后改好的表格"))
    if (file.size or 0) > MOST_SHEET:
        raise BadInput(_("文件太大"), field="file", mend=_("值班表一般不到 1 MB，请核对选对了文件"))
    grid = _grid(ctx, found, services.cells_of(found))
    count = take_sheet(ctx, roster=found, places=grid.places, content=file.read(), name=file.name or "roster.xlsx")
    return done(request, _("已导入，改动 %(n)d 格") % {"n": count}, to=found.get_absolute_url())
