"""From which event on a page has to hear: noted before the page asks for anything that it shows."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .app import head_position


class SinceMiddleware:
    """Sets ``request.live_after`` for whole pages of signed-in people.

    Read any later, an event between the page's questions and the position would be neither shown nor told.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_page = "text/html" in request.headers.get("Accept", "") and not request.headers.get("HX-Request")
        if is_page and getattr(request, "ctx", None) is not None:
            request.live_after = head_position()  # type: ignore[attr-defined]
        return self.get_response(request)
