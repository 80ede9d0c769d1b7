"""Warned areas on the map, by the outlines of the divisions that a warning names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Layer, Mark, add_layer, add_marks

from .models import Notice
from .queries import in_force


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    return "warning/inspect.html", {"notice": Notice.objects.get_visible(ctx, pk=pk)}


def _marks(ctx: Context, since: datetime, until: datetime) -> Iterator[Mark]:
    for notice in Notice.objects.visible_to(ctx).filter(sent_at__range=(since, until)):
        yield Mark(notice.sent_at, notice.headline, "warning", notice.get_absolute_url())


add_marks("warning.notice", _marks, live="warning.notice.>")

add_layer(
    Layer(
        key="warning.area",
        title=_("预警范围"),
        stage="analyse",
        rows=lambda ctx, query: in_force(ctx).filter(area__isnull=False),
        inspect=_inspect,
        permission="warning.notice.view",
        geometry="area",
        properties={"name": "headline", "color": "color"},
        kind="area",
        symbol="警",
        live="warning.>",
        level="color",
        label=lambda n: n.headline,
        link=lambda n: n.get_absolute_url(),
        order=5,
    )
)
