"""Pages of guides: the list of water works, and one to read and print."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anlan.kernel.context import Context
from anlan.kernel.web.papers import paper_answer
from anlan.places.web import need

from .papers import guide_paper
from .queries import guide_of, works

VIEW = "registry.water_work.view"


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


@require_GET
@need(VIEW)
def guides(request: HttpRequest) -> HttpResponse:
    ctx = _ctx(request)
    may_enter = bool(ctx.paths("registry.water_work.change")) and not ctx.is_exercise
    return render(request, "decision/water_guides.html", {"rows": works(ctx), "may_enter": may_enter})


@require_GET
@need(VIEW)
def guide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Levels and who decides, the dangers, who leaves by which way to where."""
    found = guide_of(_ctx(request), pk)
    return render(request, "decision/water_guide.html", {"guide": found, "work": found.work})


@require_GET
@need(VIEW)
def paper(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    return paper_answer(guide_paper(guide_of(_ctx(request), pk)), form)
