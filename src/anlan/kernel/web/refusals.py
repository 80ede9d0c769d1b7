"""Refusals become answers in one place: a page, a fragment or JSON, each saying what, where and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from anlan.kernel.errors import BadInput, Refused

#: What programs ask: answered in JSON, and sent from no page.
FOR_PROGRAMS = ("/api/", "/sta/")


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError):
            error = not_storable()
        return answer(request, error) if isinstance(error, Refused) else None


def not_storable() -> BadInput:
    """The database cannot take a value as it was sent: a NUL among the letters, a number or a time beyond its range."""
    return BadInput(
        _("提交的内容里有无法保存的字符，或数字、时间超出范围"),
        mend=_("请重新输入这一项（不要从别处粘贴隐藏字符），再提交"),
    )


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith(FOR_PROGRAMS) or "application/json" in request.headers.get("Accept", "")


def answer(request: HttpRequest, error: Refused) -> HttpResponse:
    """The refusal as the caller reads it: JSON, an inline notice for a partial request, or a page."""
    if wants_json(request):
        return JsonResponse(error.as_dict(), status=error.status, json_dumps_params={"ensure_ascii": False})
    context: dict[str, Any] = {"error": error, "status": error.status}
    if request.headers.get("HX-Request"):
        response = render(request, "parts/refusal.html", context, status=error.status)
        response["HX-Retarget"], response["HX-Reswap"] = "#notices", "beforeend"
        return response
    return render(request, "error.html", context, status=error.status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, Refused(_("这个页面放置太久，已不能提交"), mend=_("请刷新页面后再提交，已填内容请先复制")))
