"""What places shows on the home page: who is on duty where this person works."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import on_duty_for


def _duty(ctx: Context) -> dict[str, Any] | None:
    paths = sorted({g.path for g in ctx.grants}, key=len)
    held = on_duty_for(ctx, paths[0]) if paths else []
    return {"held": held, "is_exercise": ctx.is_exercise} if held else None


add_panel("places.duty", 10, "", _duty, question="duty", title=_("总值班室"), template="places/duty.html")
