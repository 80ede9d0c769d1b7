"""How a form of this room answers: JSON to the page that sent it, a redirect to a plain browser."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from anlan.kernel.context import Context
from anlan.kernel.web.refusals import wants_json


def ctx_of(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def done(request: HttpRequest, message: str, *, to: str, stay: bool = False, **more: Any) -> HttpResponse:
    """`to`: where a plain browser goes, and a scripted page too unless it is to `stay`."""
    if wants_json(request):
        body = {"message": message, **({} if stay else {"redirect": to}), **more}
        return JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    messages.success(request, message)
    return redirect(to)
