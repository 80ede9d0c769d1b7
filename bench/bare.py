"""The platform's web application with one page more: a bare Django page, the floor that pages are measured against.

Same process, same settings, same database connection handling; no middleware, no session, one query, one small template. It exists
only while `bench/pages.py` runs.
"""

from __future__ import annotations

from typing import Any

from anlan.config.asgi import application as anlan

# isort: split
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test.utils import override_settings
from django.urls import path

from anlan.places.models import Region

_PAGE = engines["django"].from_string(
    "<!doctype html><html><head><title>{{ region.name }}</title></head>"
    "<body><h1>{{ region.name }}</h1><p>{{ region.code }}</p></body></html>"
)


def bare(request: HttpRequest) -> HttpResponse:
    """One row, one template."""
    return HttpResponse(_PAGE.render({"region": Region.objects.get(code="110107000000")}))


urlpatterns = [path("bare/", bare)]


class _BareHandler(ASGIHandler):
    def resolve_request(self, request: HttpRequest) -> Any:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return super().resolve_request(request)


with override_settings(MIDDLEWARE=[]):
    _bare = _BareHandler()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    handler = _bare if scope["type"] == "http" and scope["path"] == "/bare/" else anlan
    await handler(scope, receive, send)
