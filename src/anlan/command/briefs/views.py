"""The daily brief as pages: the list, one brief to read, word, sign and send, what a number counts, the paper."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.moments import read_day
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.services.files import file_store
from anlan.kernel.services.papers import kept_paper
from anlan.kernel.web.loops import record_context
from anlan.kernel.web.papers import TYPES, paper_answer
from anlan.kernel.wording import read
from anlan.places.queries import organisations
from anlan.places.web import need, signed_in

from . import queries, services
from .papers import brief_paper, lay_down_pdf
from .services.briefs import fingerprint, may_write

VIEW, WRITE = "command.brief.view", "command.brief.write"
PAGE = 60


@require_GET
@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """Briefs by day, the newest first; those who only receive them see what was sent to them."""
    ctx = ctx_of(request)
    today = localtime(ctx.now()).date()
    region = queries.own_region(ctx, WRITE)
    rows = list(queries.briefs(ctx)[:PAGE])
    there = {b.day for b in rows if region and b.region_id == region.pk and b.state != "withdrawn"}
    missing = [d for d in (today, today - timedelta(days=1)) if d not in there] if region else []
    return render(request, "command/briefs.html", {"rows": rows, "region": region, "missing": missing, "today": today})


@require_POST
@need(WRITE)
def draft(request: HttpRequest) -> HttpResponse:
    ctx = ctx_of(request)
    region = queries.own_region(ctx, WRITE)
    if region is None:
        raise NotFound()
    made = services.draft_brief(ctx, region=region, day=day_of(request.POST.get("day", "")))
    return done(request, _("日报已汇总，请核对"), to=made.get_absolute_url())


def day_of(text: str) -> date:
    """The day of a paper. Raises BadInput."""
    day = read_day(text, "day")
    if day is None:
        raise BadInput(_("没有填日期"), field="day", mend=_("写成 2016-07-20 的样子"))
    return day


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.brief(ctx, pk)
    editing = found.state == "drafted" and may_write(ctx, found.scope)
    chosen = {r["key"] for r in found.recipients}
    units = (
        [o for o in organisations(found.scope).filter(kind__in=("bureau", "street", "headquarters", "team"))]
        if editing
        else []
    )
    context = {
        **{k: v for k, v in record_context(ctx, found).items() if k != "where"},
        "brief": found, "editing": editing, "sections": [_section(found, s) for s in found.facts], "seen": fingerprint(found),
        "units": [{"key": o.key, "name": str(o), "chosen": o.key in chosen} for o in units],
        "receipts": queries.receipts(found),
        "attachments": shown_attachments(attachments_of(ctx, object_type=found.loop.key, object_id=found.pk)),
    }  # fmt: skip
    return render(request, "command/brief.html", context)


def _section(found: Any, section: dict[str, Any]) -> dict[str, Any]:
    """A kept section in the reader's language where the platform's own words stand in it."""
    figures = [
        {**f, "label": read(f["label"]), "unit": read(f["unit"]) if f["unit"] else "",
         "shown": None if f["value"] is None else f"{f['value']:g}",
         "counted": bool(f["items"]), "was": None if f["before"] is None else f"{f['before']:g}"}
        for f in section["figures"]
    ]  # fmt: skip
    return {
        **section,
        "heading": read(section["heading"]),
        "figures": figures,
        "own": found.own.get(section["key"], ""),
    }


@require_POST
@signed_in
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.brief(ctx, pk)
    own = {s["key"]: request.POST.get(f"own-{s['key']}", "") for s in found.facts}
    services.edit_brief(
        ctx, found, own=own, recipients=request.POST.getlist("recipients"), seen=request.POST.get("seen", "")
    )
    return done(request, _("日报已保存"), to=found.get_absolute_url())


@require_POST
@signed_in
def refresh(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.brief(ctx, pk)
    services.refresh_brief(ctx, found)
    return done(request, _("数字已更新，您写的话没有动"), to=found.get_absolute_url())


@require_GET
@signed_in
def counted(request: HttpRequest, pk: UUID, key: str) -> HttpResponse:
    """What a number of the brief counts, as it was counted."""
    found = queries.brief(ctx_of(request), pk)
    for section in found.facts:
        for figure in section["figures"]:
            if figure["key"] == key:
                words = {"section": read(section["heading"]), "label": read(figure["label"])}
                return render(request, "command/brief_counted.html", {"brief": found, "figure": figure, **words})
    raise NotFound()


@require_GET
@signed_in
def document(request: HttpRequest, pk: UUID, ending: str) -> HttpResponse | FileResponse:
    """The paper: a draft as it stands now, a signed one as it was laid down."""
    ctx = ctx_of(request)
    found = queries.brief(ctx, pk)
    if ending not in TYPES:
        raise NotFound()
    if not found.serial:
        return paper_answer(brief_paper(found), ending, _("拟稿 %(title)s") % {"title": found})
    kept = kept_paper(found, ending) or (
        lay_down_pdf(system("papers", world=ctx.world), found) if ending == "pdf" else None
    )
    if kept is None:
        raise NotFound()
    answer = FileResponse(file_store().open(kept.digest), content_type=kept.media_type)
    answer["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    return answer
