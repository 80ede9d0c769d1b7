"""Who may open a page: decorators for the views of every room."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from anlan.kernel.errors import NotAllowed
from anlan.kernel.web.refusals import wants_json

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Send whoever is not signed in to the sign-in page and back afterwards; a partial or JSON request is told so instead."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if _context(request) else to_signin(request)

    return checked


def need(permission: str) -> Callable[[View], View]:
    """Signed in and holding `permission` somewhere; where exactly is decided by the service or the scoped query."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            ctx = _context(request)
            if ctx is None:
                return to_signin(request)
            if not ctx.paths(permission):
                raise NotAllowed(permission=permission)
            return view(request, *args, **kwargs)

        return checked

    return decorate


def to_signin(request: HttpRequest) -> HttpResponse:
    """The answer to somebody who is not signed in, in the form that was asked for."""
    here = request.get_full_path() if request.method == "GET" else "/"
    if wants_json(request):
        body = {"error": "signed_out", "message": _("还没有登录，或登录已过期"), "mend": _("请登录后再试"), "field": ""}
        return JsonResponse(body, status=401, json_dumps_params={"ensure_ascii": False})
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = "/signin/"
        return response
    return redirect("/signin/" if here == "/" else f"/signin/?next={quote(here)}")


def _context(request: HttpRequest) -> Any:
    return getattr(request, "ctx", None)
