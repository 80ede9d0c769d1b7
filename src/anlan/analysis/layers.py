"""Signals on the map, where their stations stand."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Layer, add_layer
from anlan.sensing.models import Thing

from .models import Signal
from .queries import open_signals


def _stations(ctx: Context, _query: Any) -> Any:
    """Stations at which a standard is reached now; only signals that the person may see count."""
    standing = open_signals(ctx).order_by().values("station_id")
    return Thing.objects.visible_to(ctx).filter(pk__in=standing, position__isnull=False)


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    thing = Thing.objects.get_visible(ctx, pk=pk)
    signals: list[Signal] = list(open_signals(ctx).filter(station=thing))
    return "analysis/inspect.html", {"station": thing, "signals": signals}


add_layer(
    Layer(
        key="analysis.signal",
        title=_("达到标准的测站"),
        stage="analyse",
        rows=_stations,
        inspect=_inspect,
        permission="analysis.signal.view",
        properties={"name": "name", "accuracy_m": "accuracy_m"},
        symbol="判",
        shape="diamond",
        live="analysis.signal.>",
        label=lambda t: t.name,
        link=lambda t: t.get_absolute_url(),
        order=10,
    )
)
