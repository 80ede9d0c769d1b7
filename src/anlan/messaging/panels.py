"""What messaging shows on the home page: rounds of calls that are still running."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import running_rounds


def _rounds(ctx: Context) -> dict[str, Any] | None:
    rows = running_rounds(ctx)
    return {"rounds": rows} if rows else None


add_panel(
    "messaging.rounds", 30, "messaging.call.view", _rounds, question="happening", title=_("叫应"),
    template="messaging/panel.html", live="messaging.round.>",
)  # fmt: skip
