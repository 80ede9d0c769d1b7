"""Stations on the map with their newest value; they light up when a reading arrives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.layers import Layer, add_layer

from . import queries


def _moment(text: Any) -> datetime | None:
    """An instant with its offset, or None for anything else: then the newest readings are shown."""
    try:
        at = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    # The first and last years overflow when they are shifted to another zone.
    return at if at and at.tzinfo and 1900 <= at.year < 2200 else None


def _rows(ctx: Context, query: Mapping[str, Any]) -> Any:
    at = _moment(query.get("at"))
    found = queries.stations_at(ctx, at) if at else queries.stations_with_latest(ctx)
    return found.filter(position__isnull=False)


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
        rows=_rows,
        inspect=_inspect,
        permission="sensing.station.view",
        properties={"name": "name", "value": "value", "accuracy_m": "accuracy_m"},
        kind="measured",
        symbol="测",
        shape="triangle",
        live="sensing.observations.arrived",
        unit="mm",
        timed=True,
        measures="rain_mm",
        bounds=(0.1, 2, 8, 16, 50),
        label=lambda t: t.name,
        detail=_said,
        link=lambda t: t.get_absolute_url(),
        order=10,
    )
)
