"""What analysis shows on the home page: standards reached now, and devices that keep silent."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import open_events, open_signals
from .views.events import event_rows

SHOWN = 6


def _signals(ctx: Context) -> dict[str, Any] | None:
    """Events with what they stand for; devices only as a number: they are looked after, not acted on."""
    rows = list(open_events(ctx).exclude(scheme="device")[: SHOWN + 1])
    devices = open_signals(ctx).filter(scheme="device").count()
    if not rows and not devices:
        return None
    return {"events": event_rows(ctx, rows[:SHOWN]), "more": len(rows) > SHOWN, "devices": devices}


add_panel(
    "analysis.signals", 10, "analysis.signal.view", _signals, question="abnormal", title=_("研判信号"),
    template="analysis/panel.html", live="analysis.signal.>,analysis.event.>",
)  # fmt: skip
