"""What responses show on the home page: those in force, with how far their tasks are."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import responses, task_counts


def _active(ctx: Context) -> dict[str, Any] | None:
    rows = list(responses(ctx, only_active=True)[:10])
    if not rows:
        return None
    counts = task_counts(ctx, rows)
    return {"rows": [{"response": r, "counts": counts.get(r.pk, {})} for r in rows]}


add_panel(
    "command.responses", 20, "", _active, question="happening", title=_("应急响应"), template="command/response_panel.html",
    live="command.response.>",
)  # fmt: skip
