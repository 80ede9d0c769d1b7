"""Guides on the rail, and on the page of a signal of their gauge."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav
from anlan.kernel.web.offers import add_record_offer

from .queries import work_of_station
from .views import VIEW


def _guide(ctx: Context, signal: Any) -> tuple[str, str] | None:
    kind, _colon, code = signal.place_key.partition(":")
    work = work_of_station(ctx, code) if kind == "station" else None
    return (gettext("险情处置指南"), reverse("water-guide", args=[work.pk])) if work else None


add_nav(NavItem("decision.water_guides", "decide", _("水库河道指南"), "water-guides", permission=VIEW, order=43))
add_record_offer("analysis.signal", _guide)
