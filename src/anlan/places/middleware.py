"""Puts `request.ctx` on every request of a signed-in person."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from anlan.kernel.ids import new_id

from .identity import context_in_session

#: Reachable before the first password change.
_OPEN_PATHS = ("/signin/", "/signout/", "/password/", "/static/", "/language/", "/live/")


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.ctx = None  # type: ignore[attr-defined]
        if request.user.is_authenticated and not request.path.startswith("/static/"):
            request.ctx = context_in_session(  # type: ignore[attr-defined]
                request.user,  # type: ignore[arg-type]
                request.session,
                cause=f"request:{new_id()}",
                language=translation.get_language() or "zh-hans",
            )
            if request.user.must_change_password and not request.path.startswith(_OPEN_PATHS):  # type: ignore[union-attr]
                return redirect("/password/")
        return self.get_response(request)
