"""Warned areas on the map, by the outlines of the divisions that a warning names."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Layer, add_layer

from .models import Notice
from .queries import in_force


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    return "warning/inspect.html", {"notice": Notice.objects.get_visible(ctx, pk=pk)}


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
