"""Pages of sensing and analysis on the rail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import open_signals


def _waiting(ctx: Context) -> QuerySet[Any]:
    """Signals that nobody has confirmed yet and somebody here has to."""
    return open_signals(ctx).filter(state="raised", due_at__isnull=False)


add_nav(
    NavItem("analysis.system", "system", _("平台运行"), "system-status", permission="analysis.watchdog.view", order=5),
    NavItem("analysis.stations", "sense", _("测站"), "stations", permission="sensing.station.view", order=10),
    NavItem(
        "analysis.signals",
        "analyse",
        _("研判信号"),
        "signals",
        permission="analysis.signal.view",
        order=10,
        rows=_waiting,
    ),
    NavItem("analysis.criteria", "analyse", _("研判判据"), "criteria", permission="analysis.criteria.view", order=30),
)
