"""What the one map offers for a drawn area: an appeal to the firms and residents in it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.layers.within import Area, add_area_offer, written

DRAFT = "command.appeal.draft"


def _offer(ctx: Context, area: Area) -> tuple[str, str] | None:
    if not ctx.paths(DRAFT):
        return None
    return _("向范围内企业和居民发动员"), f"{reverse('appeal-new')}?{urlencode({'area': written(area)})}"


add_area_offer(_offer)
