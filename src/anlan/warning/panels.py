"""What warning shows on the home page: the warnings in force."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import in_force

SHOWN = 6


def _notices(ctx: Context) -> dict[str, Any] | None:
    rows = list(in_force(ctx)[: SHOWN + 1])
    return {"notices": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None


add_panel(
    "warning.notices", 10, "warning.notice.view", _notices, question="happening", title=_("在效预警"),
    template="warning/panel.html", live="warning.>",
)  # fmt: skip
