"""The platform's web application with two pages more: bare Django pages, the floors that pages are measured against.

Same process, same settings, same database connection handling; no middleware, no session. `/bare/`: one query, one small template.
`/bare/desk/`: as many rows as the duty desk shows, a plain query a table, a plain template, nothing of rights, scope, worlds or steps.
They exist only while a measurement runs.
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

from anlan.command.models import Incident, Incoming, ReportClock
from anlan.places.models import Region

_PAGE = engines["django"].from_string(
    "<!doctype html><html><head><title>{{ region.name }}</title></head>"
    "<body><h1>{{ region.name }}</h1><p>{{ region.code }}</p></body></html>"
)


def bare(request: HttpRequest) -> HttpResponse:
    """One row, one template."""
    return HttpResponse(_PAGE.render({"region": Region.objects.get(code="110107000000")}))


_ROWS = engines["django"].from_string(
    "<!doctype html><html><head><title>desk</title></head><body><ul>"
    "{% for w in waiting %}<li>{{ w.text }} {{ w.source }} {{ w.due_at }}</li>"
    "{% endfor %}</ul><ul>{% for c in clocks %}<li><a href='/incidents/{{ c.incident_id }}/'>{{ c.incident.title }}</a> {{ c.stage }}"
    " {{ c.form_name }} {{ c.recipient_name }} {{ c.legal_at }}<form method='post' action='/x/{{ c.pk }}/'><button>ok</button></form></li>"
    "{% endfor %}</ul><ul>{% for i in incidents %}<li>{{ i.number }} {{ i.title }} {{ i.grade }} {{ i.received_at }}</li>{% endfor %}</ul>"
    "</body></html>"
)


def bare_desk(request: HttpRequest) -> HttpResponse:
    """40 waiting reports, 60 clocks with their incident, 40 open incidents."""
    shown = {
        "waiting": Incoming.everything.filter(closed_at=None).order_by("opened_at")[:40],
        "clocks": ReportClock.everything.filter(closed_at=None).select_related("incident").order_by("legal_at")[:60],
        "incidents": Incident.everything.filter(closed_at=None).order_by("-received_at")[:40],
    }
    return HttpResponse(_ROWS.render(shown))


urlpatterns = [path("bare/", bare), path("bare/desk/", bare_desk)]


class _BareHandler(ASGIHandler):
    def resolve_request(self, request: HttpRequest) -> Any:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return super().resolve_request(request)


with override_settings(MIDDLEWARE=[]):
    _bare = _BareHandler()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    handler = _bare if scope["type"] == "http" and scope["path"].startswith("/bare/") else anlan
    await handler(scope, receive, send)
