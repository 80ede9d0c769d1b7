"""Stations and waterlogging points on the map with their newest value; they light up when a reading arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.layers import Layer, add_layer
from anlan.kernel.web.maps import moment_of

from . import queries
from .following import DEPTHS
from .hour_sums import gauges_by_hour


def _rows(*properties: str) -> Callable[[Context, Mapping[str, Any]], Any]:
    def rows(ctx: Context, query: Mapping[str, Any]) -> Any:
        at = moment_of(query.get("at"))
        if properties == (queries.RAIN,):
            return gauges_by_hour(ctx, at).filter(position__isnull=False)
        found = queries.stations_at(ctx, at, *properties) if at else queries.stations_with_latest(ctx, *properties)
        return found.filter(position__isnull=False)

    return rows


def _inspect(title: Any, *properties: str) -> Callable[[Context, str], tuple[str, dict[str, Any]]]:
    def inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
        thing = _rows(*properties)(ctx, {}).filter(pk=pk).first()
        if thing is None:
            raise NotFound()
        return "sensing/inspect.html", {"station": thing, "measured": title}

    return inspect


def _said(thing: Any) -> str:
    if thing.value is None:
        return str(_("没有读数"))
    return f"{thing.value:g} {thing.value_unit}（{localtime(thing.value_at):%H:%M}）"


def _said_of_hour(thing: Any) -> str:
    if thing.value is None:
        return str(_("没有读数"))
    given = {"value": f"{thing.value:g}", "unit": thing.value_unit, "time": f"{localtime(thing.value_at):%H:%M}"}
    return str(_("1 小时 %(value)s %(unit)s（截至 %(time)s）") % given)


def _layer(key: str, title: Any, measured: Any, properties: tuple[str, ...], **more: Any) -> Layer:
    return Layer(
        key=key,
        title=title,
        stage="sense",
        rows=_rows(*properties),
        inspect=_inspect(measured, *properties),
        permission="sensing.station.view",
        properties={"name": "name", "value": "value", "accuracy_m": "accuracy_m"},
        kind="measured",
        symbol="测",
        live="sensing.observations.arrived",
        timed=True,
        measures=properties[0] if len(properties) == 1 else "",
        label=lambda t: t.name,
        detail=_said_of_hour if properties == (queries.RAIN,) else _said,
        link=lambda t: t.get_absolute_url(),
        **more,
    )


add_layer(
    _layer(
        "sensing.station", _("雨量站（小时雨量）"), _("小时雨量"), (queries.RAIN,), shape="triangle", unit="mm",
        bounds=(0.1, 2, 8, 16, 50), order=10,
    ),
    _layer(
        "sensing.depth", _("积水点（水深）"), _("积水深度"), DEPTHS, shape="diamond", unit="cm", bounds=(1, 15, 27, 50, 100),
        order=11,
    ),
    _layer(
        "sensing.level", _("水位站（与警戒水位之差）"), _("水位减警戒水位"), ("stage_vs_warning_m",), shape="triangle", unit="m",
        bounds=(-2, -0.5, 0, 0.5, 1), order=12, shown=False,
    ),
)  # fmt: skip
