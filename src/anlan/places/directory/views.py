"""Pages of the directory."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions

from ..web import need
from . import queries, services

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What the page shows before anybody searches: communities come with their street.
FIRST = ("government", "headquarters", "bureau", "team", "street", "enterprise")


@require_GET
@need(queries.VIEW)
def directory(request: HttpRequest) -> HttpResponse:
    """Search by name, pinyin initials, post or number; without words the units by kind, communities below a chosen street."""
    ctx = request.ctx  # type: ignore[attr-defined]
    words, street = (
        request.GET.get("q", "").replace("\0", "").strip()[:40],
        request.GET.get("street", "").replace("\0", "")[:40],
    )
    rows = queries.organisations_for(ctx)
    streets = list(rows.filter(kind="street").order_by("code"))
    chosen = next((s for s in streets if s.pk == street), None)
    if words:
        found = queries.search(ctx, words)
    elif chosen is not None:
        found = queries.entries(ctx, rows.filter(scope__startswith=chosen.scope).order_by("-kind", "code"))
    else:
        found = queries.entries(ctx, rows.filter(kind__in=FIRST).order_by("kind", "code"))
    groups: dict[str, dict[str, Any]] = {}
    for entry in found:
        kind = entry.organisation.kind
        groups.setdefault(kind, {"title": entry.organisation.get_kind_display(), "entries": []})["entries"].append(
            entry
        )
    order = [*FIRST, "committee"]
    return render(request, "places/directory.html", {
        "groups": [groups[k] for k in order if k in groups], "words": words, "streets": streets, "chosen": chosen,
        "count": len(found), "most": queries.MOST, "may_export": bool(ctx.paths(queries.EXPORT)),
        "may_ask": bool(ctx.paths(services.ASK)) and not ctx.is_exercise, "is_exercise": ctx.is_exercise,
        "mine": [{"check": c, "actions": actions(ctx, c)} for c in queries.my_checks(ctx)],
    })  # fmt: skip


@require_POST
@need(queries.VIEW)
def number(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One personal number as a fragment; the look is written down."""
    ctx = request.ctx  # type: ignore[attr-defined]
    person, phone = services.show_number(ctx, person=str(pk))
    if wants_json(request):
        return JsonResponse({"name": person.name, "phone": phone}, json_dumps_params={"ensure_ascii": False})
    return render(request, "places/directory_number.html", {"person": person, "is_exercise": ctx.is_exercise})


@require_GET
@need(queries.EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(services.directory_xlsx(request.ctx), content_type=XLSX)  # type: ignore[attr-defined]
    answer["Content-Disposition"] = content_disposition_header(True, f"{_('通讯录')}.xlsx")
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@need(services.ASK)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the units now, without waiting for the month."""
    count = services.ask_units(request.ctx)  # type: ignore[attr-defined]
    said = _("已请 %(n)d 个单位核实通讯录") % {"n": count} if count else _("本月都已请过")
    if wants_json(request):
        return JsonResponse({"message": said, "redirect": "/directory/"}, json_dumps_params={"ensure_ascii": False})
    messages.success(request, said)
    return redirect("/directory/")
