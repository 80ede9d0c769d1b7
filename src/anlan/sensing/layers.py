"""Stations on the map with their newest value; they light up when a reading arrives."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.layers import Layer, add_layer

from . import queries


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    thing = queries.stations_with_latest(ctx).filter(pk=pk).first()
    if thing is None:
        raise NotFound()
    return "sensing/inspect.html", {"station": thing}


def _said(thing: Any) -> str:
    if thing.value is None:
        return str(_("没有读数"))
    return f"{thing.value:g} {thing.value_unit}（{localtime(thing.value_at):%H:%M}）"


add_layer(
    Layer(
        key="sensing.station",
        title=_("雨量站（小时雨量）"),
        stage="sense",
        rows=lambda ctx, query: queries.stations_with_latest(ctx).filter(position__isnull=False),
        inspect=_inspect,
        permission="sensing.station.view",
        properties={"name": "name", "value": "value", "accuracy_m": "accuracy_m"},
        kind="measured",
        symbol="测",
        shape="triangle",
        live="sensing.observations.arrived",
        unit="mm",
        measures="rain_mm",
        bounds=(0, 0.1, 2, 8, 16, 50),
        label=lambda t: t.name,
        detail=_said,
        link=lambda t: t.get_absolute_url(),
        order=10,
    )
)
