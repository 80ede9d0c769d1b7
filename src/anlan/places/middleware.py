"""Puts `request.ctx` on every request of a signed-in person, and holds what is sent to the world it was written in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from anlan.kernel.context import Context
from anlan.kernel.errors import Refused
from anlan.kernel.health.probing import shows_token
from anlan.kernel.ids import new_id
from anlan.kernel.web.page_world import declared_world, other_world
from anlan.kernel.web.refusals import FOR_PROGRAMS, answer

from .identity import context_in_session
from .signing_in import client_of
from .tokens import context_of_bearer

#: Reachable before the first password change.
_OPEN_PATHS = ("/signin/", "/signout/", "/password/", "/static/", "/language/", "/live/")
#: Where nothing of a world is written, where a world is chosen, or where what is sent says itself which world it belongs to.
_ANY_WORLD = (*_OPEN_PATHS, "/world/", "/replay/", "/phone/")
#: The world of the page that the person last opened in this session: for what is sent without saying where it comes from.
SHOWN_KEY = "anlan_world_shown"
_READS = ("GET", "HEAD", "OPTIONS")


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.ctx = None  # type: ignore[attr-defined]
        secret = _bearer(request)
        if secret is not None:
            return self._as_program(request, secret)
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

    def _as_program(self, request: HttpRequest, secret: str) -> HttpResponse:
        """Whoever brings a token is that program and nobody else, also when a session comes along."""
        try:
            request.ctx = context_of_bearer(  # type: ignore[attr-defined]
                secret, method=request.method or "", path=request.path, address=client_of(request).address,
                language=translation.get_language() or "zh-hans",
            )  # fmt: skip
        except Refused as refused:
            response = answer(request, refused)
            if refused.status == 401:
                response["WWW-Authenticate"] = "Bearer"
            elif "retry_after" in refused.details:
                response["Retry-After"] = str(refused.details["retry_after"])
            return response
        # No browser sends a token by itself: there is no page whose form could be forged.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """After the check of the form's token: only then may what it brought be read."""
        ctx: Context | None = request.ctx  # type: ignore[attr-defined]
        if ctx is None:
            return None
        _note_page(request, ctx)
        return other_world(request, ctx) if _is_of_another_world(request, ctx) else None


def _bearer(request: HttpRequest) -> str | None:
    """The token that a program brings to a door for programs; None for people, and for the platform's own probe."""
    kind, _sep, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not request.path.startswith(FOR_PROGRAMS) or shows_token(f"Bearer {given}"):
        return None
    return given.strip()


def _note_page(request: HttpRequest, ctx: Context) -> None:
    """A page notes its world in the session; what parts of it fetch, and what programs send, notes nothing."""
    is_page = "text/html" in request.headers.get("Accept", "") and not request.headers.get("HX-Request")
    if request.method in _READS and is_page and request.session.get(SHOWN_KEY) != str(ctx.world):
        request.session[SHOWN_KEY] = str(ctx.world)


def _is_of_another_world(request: HttpRequest, ctx: Context) -> bool:
    """Whether it was sent from a page of another world: one chosen in another tab, or an exercise that began or ended meanwhile.

    Parts that a page fetches are held to it too: nothing real comes under the band of an exercise, and nothing of an exercise
    onto a page without one.
    """
    reads = request.method in _READS
    if request.path.startswith((*_OPEN_PATHS, "/phone/") if reads else _ANY_WORLD):
        return False
    said = declared_world(request)
    if said is not None:
        return said != str(ctx.world)
    if reads or request.path.startswith(FOR_PROGRAMS):
        return False
    shown = request.session.get(SHOWN_KEY)
    return shown is not None and shown != str(ctx.world)
