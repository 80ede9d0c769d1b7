"""What action says on the home page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import totals


def _shelters(ctx: Context) -> dict[str, Any] | None:
    found = totals(ctx)
    return {"totals": found} if found.open_shelters or found.relocated else None


add_panel(
    "action.shelters",
    60,
    "action.shelter.view",
    _shelters,
    question="happening",
    title=_("安置与转移"),
    template="action/panel.html",
    live="action.shelter.opened,action.people.counted",
)
