"""Signals on the map, where their stations stand, and the rain between the gauges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Frames, Layer, Mark, add_frames, add_layer, add_marks
from anlan.sensing.models import Thing

from .isohyets import isohyet_frame
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


def _marks(ctx: Context, since: datetime, until: datetime) -> Iterator[Mark]:
    """Signals that somebody here has to confirm; those of neighbours, for information only, would crowd the slider."""
    owed: dict[str, bool] = {}
    for signal in Signal.objects.visible_to(ctx).filter(since__range=(since, until)).select_related("station"):
        if signal.scope not in owed:
            owed[signal.scope] = signal.acknowledge_by() is not None
        if owed[signal.scope]:
            yield Mark(signal.since, signal.text, "signal", signal.get_absolute_url())


add_marks("analysis.signal", _marks, live="analysis.signal.>")

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

add_frames(
    Frames(
        key="analysis.isohyets",
        title=_("等雨量面"),
        stage="sense",
        permission="sensing.station.view",
        frame=isohyet_frame,
        choices=(
            ("1", _("1 小时")),
            ("3", _("3 小时")),
            ("6", _("6 小时")),
            ("12", _("12 小时")),
            ("24", _("24 小时")),
        ),
        instead_of="sensing.station",
        live="sensing.observations.arrived",
        order=10,
    )
)
