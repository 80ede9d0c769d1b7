"""Pages of filing: an enterprise hands in, the bureau looks through."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anlan.kernel.context import Context
from anlan.kernel.days import working_days_between
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.moments import day_in
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.web import signed_in

from .. import queries, services
from ..data.plan_filing import filing_rules
from ..models import PlanFiling

PAGE = 100


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@signed_in
def filings(request: HttpRequest) -> HttpResponse:
    """What was handed in, what is due for filing anew; an enterprise hands in here."""
    ctx = _ctx(request)
    mine = services.own_enterprises(ctx)
    if request.method == "POST":
        made = _handed_in(ctx, request, mine)
        said = _("已提交，请上传预案文件；受理部门在 %(n)d 个工作日内核对") % {"n": filing_rules().check_days}
        if wants_json(request):
            answer = {"message": said, "redirect": made.get_absolute_url()}
            return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
        messages.success(request, said)
        return redirect(made.get_absolute_url())
    today = localdate(ctx.now())
    rows = [
        {"filing": f, "phase": phase(f, ctx.now()), "again": bool(f.refile_by and (f.refile_by - today).days <= 90)}
        for f in queries.filings(ctx)[:PAGE]
    ]
    return render(request, "decision/filings.html", {
        "rows": rows, "mine": mine, "kinds": PlanFiling.Kind.choices, "rules": filing_rules(), "today": today,
    })  # fmt: skip


def _handed_in(ctx: Context, request: HttpRequest, mine: list[Any]) -> PlanFiling:
    given = request.POST
    organisation = next((o for o in mine if o.pk == given.get("organisation")), mine[0] if len(mine) == 1 else None)
    if not mine:
        raise NotAllowed()
    if organisation is None:
        raise BadInput(_("请选择企业"), field="organisation")
    return services.hand_in(
        ctx, organisation=organisation, title=given.get("title", ""), kind=given.get("kind", ""),
        published_on=day_in(given.get("published_on", "")), materials=given.getlist("materials"),
    )  # fmt: skip


@require_GET
@signed_in
def filing(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One filing: materials, files, what is missing, the steps."""
    ctx = _ctx(request)
    found = queries.filing(ctx, pk)
    rules = filing_rules()
    files = attachments_of(ctx, object_type=found.loop.key, object_id=found.pk)
    return render(request, "decision/filing.html", {
        "filing": found, "record": found, "loop": PlanFiling.loop, "phase": phase(found, ctx.now()), "actions": actions(ctx, found),
        "materials": [(m.zh, m.id in found.materials) for m in rules.materials], "lacking": rules.missing(found.materials),
        "files": shown_attachments(files), "rules": rules,
        "upload_url": reverse("attachment-upload", args=[found.loop.key, found.pk]) if found.is_open else "",
        "late_in": max(0, working_days_between(found.published_on, localdate(found.opened_at)) - rules.hand_in_days),
        "history": entries_of(PlanFiling.loop.key, found.pk, names=evidence_names(PlanFiling.loop)),
    })  # fmt: skip
