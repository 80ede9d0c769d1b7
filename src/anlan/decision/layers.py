"""What the one map offers for a drawn area: a map of a plan that is being written."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.layers.within import Area, add_area_offer, written

from .models import PlanRevision


def _offer(ctx: Context, area: Area) -> tuple[str, str] | None:
    if ctx.is_exercise or not ctx.paths("decision.plan.change"):
        return None
    if not PlanRevision.objects.visible_to(ctx).open().filter(state="drafting").exists():
        return None
    return _("写入预案草稿的图件"), f"{reverse('plan-map-new')}?{urlencode({'area': written(area)})}"


add_area_offer(_offer)
