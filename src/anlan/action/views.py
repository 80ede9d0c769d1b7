"""The page of shelters and relocation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.errors import BadInput
from anlan.kernel.web.steps import actions
from anlan.places.models import Region
from anlan.places.web import need
from anlan.registry.models import Shelter
from anlan.registry.queries import shelters_under

from . import queries, services
from .loops import SHELTER_USE


@require_GET
@need("action.shelter.view")
def shelters(request: HttpRequest) -> HttpResponse:
    """Totals, open shelters with their age, shelters that could be opened, people moved."""
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    uses = list(queries.shelter_uses(ctx))
    in_use = {u.shelter_id for u in uses}
    home = min((g.path for g in ctx.grants), key=len, default="")
    context = {
        "totals": queries.totals(ctx),
        "uses": [{"use": u, "actions": actions(ctx, u), "late": u.is_late(ctx.now())} for u in uses],
        "closed": queries.shelter_uses(ctx, only_open=False).filter(closed_at__isnull=False)[:20],
        "ready": [s for s in shelters_under(ctx, home) if s.pk not in in_use] if _may_open(ctx) else [],
        "relocations": queries.relocations(ctx)[:50],
        "regions": _regions(ctx),
        "live": "action.,kernel.loop.",
    }
    return render(request, "action/shelters.html", context)


@require_POST
@need("action.shelter.view")
def open_one(request: HttpRequest) -> HttpResponse:
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    shelter = Shelter.objects.get_visible(ctx, pk=request.POST.get("shelter"))
    services.open_shelter(ctx, shelter=shelter, people=_number(request, "people"))
    return redirect("shelters")


@require_POST
@need("action.relocation.record")
def relocate(request: HttpRequest) -> HttpResponse:
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    region = next((r for r in _regions(ctx) if r.code == request.POST.get("region")), None)
    if region is None:
        raise BadInput(_("请选择街道或社区"), field="region", mend=_("只能登记本地区的转移"))
    people = _number(request, "people")
    if people is None:
        raise BadInput(_("请填转移人数"), field="people", mend=_("填实际转移的人数"))
    to = request.POST.get("shelter")
    services.record_relocation(
        ctx,
        region=region,
        people=people,
        from_place=(request.POST.get("from_place") or "").strip(),
        to_shelter=Shelter.objects.get_visible(ctx, pk=to) if to else None,
        to_place=(request.POST.get("to_place") or "").strip(),
    )
    return redirect("shelters")


def _may_open(ctx: Any) -> bool:
    return any(role in SHELTER_USE.opened_by for role in ctx.roles)


def _regions(ctx: Any) -> list[Region]:
    paths = ctx.paths("action.relocation.record")
    found = Region.objects.filter(level__in=("township", "village")).only("code", "name", "path", "level", "full_name")
    return [r for r in found.order_by("code") if any(r.path.startswith(p) for p in paths)][:400] if paths else []


def _number(request: HttpRequest, name: str) -> int | None:
    raw = (request.POST.get(name) or "").strip()
    if not raw:
        return None
    if not raw.isdigit() or int(raw) > 1_000_000:
        raise BadInput(_("“%(value)s”不是人数") % {"value": raw[:20]}, field=name, mend=_("请填 0 或正整数"))
    return int(raw)
