"""Shelters in use on the map, with how full they are."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Layer, Total, add_layer

from . import queries


def _rows(ctx: Context, query: Any) -> QuerySet[Any]:
    placed = queries.shelter_uses(ctx).filter(shelter__position__isnull=False)
    return placed.annotate(position=F("shelter__position"), accuracy=F("shelter__accuracy_m"))


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    use = queries.shelter_uses(ctx).get_visible(ctx, pk=pk)
    return "action/inspect.html", {"use": use}


def _said(use: Any) -> str:
    if use.people is None:
        return str(_("未清点"))
    return str(_("%(n)d 人（%(at)s 清点）")) % {"n": use.people, "at": f"{localtime(use.counted_at):%H:%M}"}


add_layer(
    Layer(
        key="action.shelter_use",
        title=_("开放的避难场所"),
        stage="act",
        rows=_rows,
        inspect=_inspect,
        permission="action.shelter.view",
        properties={"name": "name", "value": "people", "accuracy_m": "accuracy"},
        symbol="避",
        shape="square",
        live="action.>",
        totals=(Total(_("在场人数"), "people", "人"), Total(_("容量"), "capacity", "人")),
        label=lambda u: u.name,
        detail=_said,
        link=lambda u: "/shelters/",
        order=10,
    )
)
