"""What the one map offers for a drawn area: an order to everybody in it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.layers.within import Area, add_area_offer, written

from .addressing import order_paths


def _offer(ctx: Context, area: Area) -> tuple[str, str] | None:
    if not order_paths(ctx):
        return None
    return _("向范围内单位下达指令"), f"{reverse('instruction-new')}?{urlencode({'area': written(area)})}"


add_area_offer(_offer)
