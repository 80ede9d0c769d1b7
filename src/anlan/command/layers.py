"""Open incidents on the map."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Layer, add_layer

from .facts import shown_figures
from .queries.incidents import incident, open_incidents


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    found = incident(ctx, pk)
    return "command/incident_inspect.html", {"incident": found, "figures": shown_figures(found.facts)}


add_layer(
    Layer(
        key="command.incident", title=_("突发事件"), stage="command",
        rows=lambda ctx, query: open_incidents(ctx).filter(position__isnull=False), inspect=_inspect, permission="command.incident.view",
        properties={"name": "title", "accuracy_m": "accuracy_m"}, symbol="事", shape="diamond", live="command.incident.>",
        label=lambda i: i.title, detail=lambda i: f"{localtime(i.received_at):%m-%d %H:%M} {i.grade or ''}".strip(),
        link=lambda i: i.get_absolute_url(), order=10,
    )
)  # fmt: skip
