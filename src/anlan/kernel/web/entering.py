"""Who may open a page of the shared machinery: somebody signed in; the rest is decided by scope."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from .refusals import wants_json


def entered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lead whoever is not signed in to the sign-in page; requests by script are answered in their own form."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "ctx", None) is not None:
            return view(request, *args, **kwargs)
        if wants_json(request):
            body = {
                "error": "signed_out",
                "message": _("还没有登录，或登录已过期"),
                "mend": _("请登录后再试"),
                "field": "",
            }
            return JsonResponse(body, status=401, json_dumps_params={"ensure_ascii": False})
        if request.headers.get("HX-Request"):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = settings.LOGIN_URL
            return response
        here = request.get_full_path() if request.method == "GET" else "/"
        return redirect(f"{settings.LOGIN_URL}?next={quote(here)}")

    return checked
