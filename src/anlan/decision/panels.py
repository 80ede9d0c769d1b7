"""What decision shows on the home page: proposals that wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import waiting_proposals
from .showing import reason_line


def _waiting(ctx: Context) -> dict[str, Any] | None:
    rows = waiting_proposals(ctx)
    return {"rows": [{"proposal": p, "why": reason_line(p)} for p in rows]} if rows else None


add_panel(
    "decision.proposals", 10, "decision.proposal.view", _waiting, question="happening", title=_("响应建议"),
    template="decision/panel.html", live="decision.proposal.>",
)  # fmt: skip
