"""Every report that came in, with where it went; one report with its originals and files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anlan.command.models import Incident, Incoming, IncomingOriginal
from anlan.kernel.errors import NotFound
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.loops import record_context
from anlan.places.web import need

VIEW = "command.incoming.view"
ROWS = 60


def _ctx(request: HttpRequest) -> Any:
    return request.ctx  # type: ignore[attr-defined]


@require_GET
@need(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Newest first, a page at a time; ``?channel=`` and ``?q=`` narrow it down."""
    ctx = _ctx(request)
    rows = Incoming.objects.visible_to(ctx).select_related("region").order_by("-opened_at", "-id")
    channel, words, before = (request.GET.get(name, "").strip() for name in ("channel", "q", "before"))
    if channel in Incoming.Channel.values:
        rows = rows.filter(channel=channel)
    if words:
        rows = rows.filter(text__icontains=words[:80])
    if last := Incoming.objects.visible_to(ctx).filter(pk=before).first() if _is_id(before) else None:
        rows = rows.filter(opened_at__lt=last.opened_at)
    found = list(rows[: ROWS + 1])
    numbers = dict(
        Incident.objects.visible_to(ctx)
        .filter(pk__in=[r.incident_id for r in found if r.incident_id])
        .values_list("pk", "number")
    )
    shown = {
        "rows": [(row, numbers.get(row.incident_id, "")) for row in found[:ROWS]], "channels": Incoming.Channel.choices,
        "channel": channel, "q": words,
        "before": str(found[ROWS - 1].pk) if len(found) > ROWS else "",
    }  # fmt: skip
    return render(request, "command/incoming_list.html", shown)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_GET
@need(VIEW)
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = _ctx(request)
    found: Incoming = Incoming.objects.get_visible(ctx, pk=pk)
    incident = Incident.objects.visible_to(ctx).filter(pk=found.incident_id).first() if found.incident_id else None
    originals = IncomingOriginal.objects.visible_to(ctx).filter(incoming=found).order_by("at", "id")
    shown = {
        "incoming": found, "incident": incident, "originals": list(originals.defer("body")),
        "history": record_context(ctx, found)["history"],
        "attachments": shown_attachments(attachments_of(ctx, object_type=Incoming.loop.key, object_id=found.pk)),
    }  # fmt: skip
    return render(request, "command/incoming.html", shown)


@require_GET
@need(VIEW)
def original(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The original as a file, exactly as it came; never shown in the page, whatever it holds."""
    found = IncomingOriginal.objects.visible_to(_ctx(request)).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    ending = {"application/json": "json", "message/rfc822": "eml"}.get(found.media_type, "txt")
    answer = HttpResponse(bytes(found.body), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{found.pk}.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
