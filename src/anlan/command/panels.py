"""What command says on the home page."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries.incidents import open_incidents

SHOWN = 6


def _incidents(ctx: Context) -> dict[str, Any] | None:
    rows = list(open_incidents(ctx)[: SHOWN + 1])
    return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None


add_panel(
    "command.incidents", 10, "command.incident.view", _incidents, question="happening", title=_("未结束的事件"),
    template="command/incidents_panel.html", live="command.incident.opened,command.incident.updated,command.incident.closed",
)  # fmt: skip
if find_spec("anlan.command.responses.panels") is not None:
    import_module("anlan.command.responses.panels")
