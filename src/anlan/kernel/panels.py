"""What the platform itself shows on the home page: reactions that kept failing and wait for a person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from .context import Context
from .models import FailedReaction
from .web.panels import add_panel


def _failed(ctx: Context) -> dict[str, Any] | None:
    rows = list(FailedReaction.objects.filter(resolved_at=None).select_related("event").order_by("-last_at")[:5])
    return {"failed": rows} if rows else None


add_panel(
    "kernel.failed", 90, "kernel.jobs.view", _failed, question="abnormal", title=_("没有办成的联动"),
    template="kernel_failed.html",
)  # fmt: skip
