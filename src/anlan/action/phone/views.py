"""The phone's five addresses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.models import World
from anlan.places.web import signed_in

from .items import Sent, moment, take_item
from .sheet import sheet


@require_GET
@signed_in
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    ctx: Any = request.ctx  # type: ignore[attr-defined]
    world = World.objects.filter(pk=ctx.world).first() if ctx.is_exercise else None
    return render(request, "phone.html", {"person": {"key": ctx.actor.key}, "exercise": world})


@require_GET
@signed_in
def data(request: HttpRequest) -> HttpResponse:
    response = JsonResponse(sheet(request.ctx), json_dumps_params={"ensure_ascii": False})  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in
def sync(request: HttpRequest) -> HttpResponse:
    """One item. Refusals are answered as JSON with what, where and how to mend it."""
    request.META["HTTP_ACCEPT"] = "application/json"
    return JsonResponse(take_item(request.ctx, _sent(request)), json_dumps_params={"ensure_ascii": False})  # type: ignore[attr-defined]


def _sent(request: HttpRequest) -> Sent:
    try:
        raw = json.loads(request.POST.get("item") or request.body or b"{}")
        item_id, kind = UUID(str(raw["id"])), str(raw["kind"])
        payload = raw.get("data") or {}
        world = UUID(str(raw["world"])) if raw.get("world") else None
        if not isinstance(payload, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(_("收到的条目读不出来"), field="item", mend=_("请刷新手机页面后重试")) from None
    files = [request.FILES[name] for name in sorted(request.FILES)]
    return Sent(id=item_id, kind=kind, data=payload, made_at=moment(raw.get("made_at")), files=files, world=world)


@require_GET
def worker(request: HttpRequest) -> HttpResponse | FileResponse:
    """The service worker, from the root of the phone's scope."""
    file = Path(settings.STATICFILES_DIRS[0]) / "built" / "phone-worker.js"
    if not file.exists():
        raise NotFound()
    response = FileResponse(file.open("rb"), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/phone/"
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    body = {
        "name": str(_("安澜 · 现场")),
        "short_name": str(_("安澜")),
        "start_url": "/phone/",
        "scope": "/phone/",
        "display": "standalone",
        "icons": [{"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})
