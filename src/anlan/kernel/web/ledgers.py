"""Pages of every ledger: list, map, row, form, retire, views, bulk, spreadsheets."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.ledgers import Field, Ledger, ledger_of, restore_row, retire_row, save_row
from anlan.kernel.ledgers.listing import Listing
from anlan.kernel.ledgers.pages import form_page, list_page, row_page
from anlan.kernel.ledgers.services import demand_reality
from anlan.kernel.ledgers.sheets import EXPORTS, export, template
from anlan.kernel.ledgers.taking_in import error_sheet, import_of, keep_upload, preview, take_in
from anlan.kernel.models import SavedView
from anlan.kernel.texts import whole

from .entering import entered
from .maps import page_config
from .refusals import wants_json

MAX_BULK = 500


def _asked(request: HttpRequest, key: str, verb: str = "view") -> tuple[Context, Ledger]:
    """The ledger, for somebody who holds `verb` on it somewhere (or to whom a row may have been shared)."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    ledger = ledger_of(key)
    if not ctx.paths(ledger.permission(verb)) and not (verb == "view" and ctx.keys):
        raise NotAllowed(permission=ledger.permission(verb))
    return ctx, ledger


def _row(ctx: Context, ledger: Ledger, pk: str) -> Any:
    return ledger.model.objects.get_visible(ctx, pk=pk)


@require_GET
@entered
def listing(request: HttpRequest, key: str) -> HttpResponse:
    ctx, ledger = _asked(request, key)
    return render(request, "ledger/list.html", list_page(ctx, Listing.read(ledger, request.GET)))


@require_GET
@entered
def on_map(request: HttpRequest, key: str) -> HttpResponse:
    """The same rows under the same conditions, on the map."""
    ctx, ledger = _asked(request, key)
    if not ledger.has_position:
        raise NotFound()
    asked = Listing.read(ledger, request.GET)
    unplaced = asked.rows(ctx).filter(**{f"{ledger.place_field}__isnull": True}).count()
    context = {
        **list_page(ctx, asked), "map_config": page_config(ctx, only=[ledger.key], query=asked.address(page=1)),
        "unplaced": unplaced, "list_url": reverse("ledger", args=[key]) + asked.address(page=1),
    }  # fmt: skip
    return render(request, "ledger/map.html", context)


@require_GET
@entered
def row(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    ctx, ledger = _asked(request, key)
    return render(request, "ledger/row.html", row_page(ctx, ledger, _row(ctx, ledger, pk)))


@require_http_methods(["GET", "POST"])
@entered
def new(request: HttpRequest, key: str) -> HttpResponse:
    ctx, ledger = _asked(request, key, "change")
    return _form(request, ctx, ledger, None)


@require_http_methods(["GET", "POST"])
@entered
def edit(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    ctx, ledger = _asked(request, key)
    found = _row(ctx, ledger, pk)
    ctx.require(ledger.permission("change"), found.scope)
    return _form(request, ctx, ledger, found)


def _form(request: HttpRequest, ctx: Context, ledger: Ledger, found: Any) -> HttpResponse:
    demand_reality(ctx, ledger)
    if request.method == "GET":
        return render(request, "ledger/form.html", form_page(ctx, ledger, row=found))
    given = {f.name: _typed(request, f) for f in ledger.form_fields}
    try:
        saved = save_row(ctx, ledger, given, found, expected=_version(request) if found is not None else None)
    except (BadInput, Conflict) as error:
        if wants_json(request):
            raise
        faults = {f["field"]: f["message"] for f in error.details.get("faults", [])}
        page = form_page(ctx, ledger, row=found, given=given, faults=faults)
        return render(request, "ledger/form.html", {**page, "error": error}, status=error.status)
    messages.success(request, _("已保存“%(name)s”") % {"name": getattr(saved, ledger.name_field)})
    if "another" in request.POST:
        return _answer(request, reverse("ledger-new", args=[ledger.key]))
    return _answer(request, saved.get_absolute_url())


def _typed(request: HttpRequest, field: Field) -> Any:
    """What came for a field: ticked boxes as a list, everything else as text."""
    if field.kind == "choices" and field.choices:
        return request.POST.getlist(field.name)
    return request.POST.get(field.name, "")


def _version(request: HttpRequest) -> datetime | None:
    try:
        return datetime.fromisoformat(request.POST.get("version", ""))
    except ValueError:
        return None


def _answer(request: HttpRequest, url: str, said: str = "") -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"message": said, "redirect": url}, json_dumps_params={"ensure_ascii": False})
    return redirect(url)


@require_POST
@entered
def retire(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    ctx, ledger = _asked(request, key)
    done = retire_row(ctx, ledger, _row(ctx, ledger, pk), why=request.POST.get("why", ""))
    messages.success(request, _("已停用“%(name)s”，记录仍保留") % {"name": getattr(done, ledger.name_field)})
    return _answer(request, done.get_absolute_url())


@require_POST
@entered
def restore(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    ctx, ledger = _asked(request, key)
    done = restore_row(ctx, ledger, _row(ctx, ledger, pk))
    messages.success(request, _("“%(name)s”已恢复使用") % {"name": getattr(done, ledger.name_field)})
    return _answer(request, done.get_absolute_url())


@require_POST
@entered
def bulk(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """Something done to the ticked rows. Those that are not this person's are not there."""
    ctx, ledger = _asked(request, key)
    ids = request.POST.getlist("id")[:MAX_BULK]
    chosen = [found for pk in ids if (found := _found(ctx, ledger, pk)) is not None]
    if not chosen:
        raise BadInput(_("没有选中任何一条"), mend=_("请先在列表左侧打勾"))
    here = reverse("ledger", args=[key])
    if name == "retire":
        if "why" not in request.POST:
            return render(request, "ledger/retire_many.html", {"declared": ledger, "rows": chosen, "list_url": here})
        messages.success(request, _retire_many(ctx, ledger, chosen, request.POST["why"]))
        return redirect(here)
    action = next((b for b in ledger.bulk if b.name == name), None)
    if action is None:
        raise NotFound()
    for found in chosen:
        ctx.require(ledger.permission(action.permission), found.scope)
    done = action.run(ctx, ledger, chosen)
    if isinstance(done, HttpResponse):
        return done
    messages.success(request, str(done))
    return redirect(here)


def _retire_many(ctx: Context, ledger: Ledger, rows: list[Any], why: str) -> str:
    from django.db import transaction

    with transaction.atomic():
        for found in rows:
            if not found.is_retired:
                retire_row(ctx, ledger, found, why=why)
    return _("已停用 %(n)d 条，记录仍保留") % {"n": len(rows)}


def _found(ctx: Context, ledger: Ledger, pk: str) -> Any:
    try:
        return _row(ctx, ledger, pk)
    except NotFound:
        return None


@require_POST
@entered
def save_view(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the present search under a name, for oneself; the same name is overwritten."""
    ctx, ledger = _asked(request, key)
    title = whole(request.POST.get("title", ""), 40, "title")
    if not title:
        raise BadInput(_("请给这个视图起个名字"), field="title", mend=_("如：我街道的泵车"))
    from django.http import QueryDict

    query = Listing.read(ledger, QueryDict(request.POST.get("query", "").lstrip("?"))).saved_query
    if len(query) > 1000:
        raise BadInput(_("条件太多，存不下"), field="query", mend=_("请减少几个条件"))
    SavedView.objects.update_or_create(
        person=ctx.actor.key, ledger=key, title=title, defaults={"query": query, "saved_at": clock.real_now()}
    )
    return redirect(f"{reverse('ledger', args=[key])}?{query}")


@require_POST
@entered
def drop_view(request: HttpRequest, key: str, pk: UUID) -> HttpResponse:
    ctx, ledger = _asked(request, key)
    SavedView.objects.filter(pk=pk, person=ctx.actor.key, ledger=ledger.key).delete()
    return redirect(reverse("ledger", args=[key]))


@require_GET
@entered
def export_rows(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """The rows of the present search as a spreadsheet, leaving an entry in the audit."""
    ctx, ledger = _asked(request, key, "export")
    if form not in EXPORTS:
        raise NotFound()
    content, name = export(ctx, Listing.read(ledger, request.GET), form)
    return _file(content, name, EXPORTS[form])


@require_GET
@entered
def import_template(request: HttpRequest, key: str) -> HttpResponse:
    ctx, ledger = _asked(request, key, "import")
    content, name = template(ctx, ledger)
    return _file(content, name, EXPORTS["xlsx"])


@require_http_methods(["GET", "POST"])
@entered
def import_rows(request: HttpRequest, key: str) -> HttpResponse:
    """Choose a file; what it would do is shown before anything is written."""
    ctx, ledger = _asked(request, key, "import")
    demand_reality(ctx, ledger)
    base = {"declared": ledger, "list_url": reverse("ledger", args=[key])}
    if request.method == "GET":
        return render(request, "ledger/import.html", base)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise BadInput(_("没有选择文件"), field="file", mend=_("请选择填好的表格（xlsx 或 csv）"))
        batch = keep_upload(ctx, ledger, file)
        preview(ctx, ledger, batch)
    except BadInput as error:
        return render(request, "ledger/import.html", {**base, "error": error}, status=error.status)
    return redirect("ledger-import-batch", key, batch.pk)


@require_http_methods(["GET", "POST"])
@entered
def import_batch(request: HttpRequest, key: str, pk: UUID) -> HttpResponse:
    """The preview, line by line; pressing the button takes in what is good and leaves the rest in the error sheet."""
    ctx, ledger = _asked(request, key, "import")
    batch = import_of(ctx, ledger, pk)
    if request.method == "POST":
        take_in(ctx, ledger, batch)
        return redirect("ledger-import-batch", key, batch.pk)
    seen = preview(ctx, ledger, batch)
    errors = reverse("ledger-import-errors", args=[key, batch.pk])
    context = {
        "declared": ledger,
        "batch": batch,
        "preview": seen,
        "list_url": reverse("ledger", args=[key]),
        "errors_url": errors,
    }
    return render(request, "ledger/import_batch.html", context)


@require_GET
@entered
def import_errors(request: HttpRequest, key: str, pk: UUID) -> HttpResponse:
    """The bad lines as they were, with what is wrong in each: mend them there and bring the sheet back."""
    ctx, ledger = _asked(request, key, "import")
    content, name = error_sheet(ctx, ledger, import_of(ctx, ledger, pk))
    return _file(content, name, EXPORTS["xlsx"])


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
