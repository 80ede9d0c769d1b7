"""What the platform itself shows on the home page: reactions and deadlines that kept failing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from .context import Context
from .models import Deadline, FailedReaction
from .web.panels import add_panel


def _failed(ctx: Context) -> dict[str, Any] | None:
    """Of every world: who looks after the platform looks after its exercises too. One failed try may pass by itself."""
    rows = list(FailedReaction.objects.filter(resolved_at=None).select_related("event").order_by("-last_at")[:5])
    stuck = Deadline.objects.filter(status=Deadline.Status.OPEN, tries__gt=1, world__ended_at=None)
    number = stuck.count()
    if not rows and not number:
        return None
    return {"failed": rows, "stuck": stuck.order_by("-tries", "due_at")[:5] if number else (), "stuck_number": number}


add_panel(
    "kernel.failed", 90, "kernel.jobs.view", _failed, question="abnormal", title=_("没有办成的联动"),
    template="kernel_failed.html",
)  # fmt: skip
