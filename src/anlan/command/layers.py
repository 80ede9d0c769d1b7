"""Open incidents on the map."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Layer, Mark, add_layer, add_marks

from .facts import shown_figures
from .models import Incident, Order
from .queries.incidents import incident, open_incidents
from .responses.instructions import map_offer  # noqa: F401 (an order to everybody in a drawn area)


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    found = incident(ctx, pk)
    return "command/incident_inspect.html", {"incident": found, "figures": shown_figures(found.facts)}


def _marks(ctx: Context, since: datetime, until: datetime) -> Iterator[Mark]:
    for found in Incident.objects.visible_to(ctx).filter(received_at__range=(since, until)):
        yield Mark(found.received_at, found.title, "incident", found.get_absolute_url())
    for order in Order.objects.visible_to(ctx).filter(signed_at__range=(since, until)).select_related("response"):
        yield Mark(
            order.signed_at,
            f"{order.response.title}{order.level}级响应 · {order.get_change_display()}",
            "response",
            order.response.get_absolute_url(),
        )


add_marks("command.command", _marks, live="command.incident.>,command.response.>")

add_layer(
    Layer(
        key="command.incident", title=_("突发事件"), stage="command",
        rows=lambda ctx, query: open_incidents(ctx).filter(position__isnull=False), inspect=_inspect, permission="command.incident.view",
        properties={"name": "title", "accuracy_m": "accuracy_m"}, symbol="事", shape="diamond", live="command.incident.>",
        label=lambda i: i.title, detail=lambda i: f"{localtime(i.received_at):%m-%d %H:%M} {i.grade or ''}".strip(),
        link=lambda i: i.get_absolute_url(), order=10,
    )
)  # fmt: skip
