"""Bringing files to a thing, and getting them back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.services.attachments import attach, object_of, open_attachment, open_thumbnail, shown_attachments

from .entering import entered
from .refusals import wants_json


@require_POST
@entered
def upload(request: HttpRequest, object_type: str, pk: str) -> HttpResponse:
    """One file for a ledger row or a loop record that this person may see and work on."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    found = object_of(ctx, object_type, pk, to_change=True)
    files = request.FILES.getlist("file")
    if not files:
        raise BadInput(_("没有选择文件"), field="file", mend=_("请选择要上传的照片或文件"))
    kept = [
        attach(
            ctx, object_type=object_type, object_id=found.pk, scope=found.scope, shared_with=getattr(found, "shared_with", ()),
            file=file,
            name=file.name or "",
        )
        for file in files
    ]  # fmt: skip
    if wants_json(request):
        shown = shown_attachments(kept)
        return JsonResponse({**shown[0], "attachments": shown}, status=201, json_dumps_params={"ensure_ascii": False})
    return redirect(found.get_absolute_url() if hasattr(found, "get_absolute_url") else _record(found))


def _record(found: Any) -> str:
    from .steps import record_url

    return record_url(found)


@require_GET
@entered
def download(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    row, stream = open_attachment(ctx, pk)
    inline = row.media_type.startswith("image/") and "download" not in request.GET
    return sent(FileResponse(stream, content_type=row.media_type), row.name, attached=not inline)


@require_GET
@entered
def thumbnail(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    row, content = open_thumbnail(ctx, pk)
    return sent(HttpResponse(content, content_type="image/webp"), f"{row.pk}.webp", attached=False)


def sent(response: Any, name: str, *, attached: bool) -> HttpResponse:
    response["Content-Disposition"] = content_disposition_header(attached, name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    # A file opened in the page must not be able to run anything of its own.
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response
