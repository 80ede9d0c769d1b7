"""What analysis shows on the home page: standards reached now, and devices that keep silent."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import open_signals

SHOWN = 8


def _signals(ctx: Context) -> dict[str, Any] | None:
    rows = list(open_signals(ctx)[: SHOWN + 1])
    return {"signals": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None


add_panel(
    "analysis.signals", 10, "analysis.signal.view", _signals, question="abnormal", title=_("研判信号"),
    template="analysis/panel.html", live="analysis.signal.>",
)  # fmt: skip
