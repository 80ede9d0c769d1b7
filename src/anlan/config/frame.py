"""What every page's frame shows: rail, clock, world, place, people on duty."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.models import World
from anlan.kernel.web.nav import nav_for
from anlan.kernel.worlds import REAL
from anlan.places.queries import on_duty_for, region_at
from anlan.review.queries import controls


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Cheap: partial requests get the clock only."""
    ctx = getattr(request, "ctx", None)
    if ctx is None:
        return {"demo": settings.DEMO}
    reading = ctx.reading
    base: dict[str, Any] = {
        "ctx": ctx,
        "demo": settings.DEMO,
        "now": ctx.now(),
        "clock": {
            "world": str(ctx.world), "rate": reading.rate, "anchor_world": reading.anchor_world.isoformat(),
            "anchor_real": reading.anchor_real.isoformat(),
        },
        "is_exercise": ctx.world != REAL,
    }  # fmt: skip
    if request.headers.get("HX-Request"):
        return base
    paths = sorted({g.path for g in ctx.grants}, key=len)
    return {
        **base,
        "live_after": getattr(request, "live_after", None),
        "nav": nav_for(ctx, request.path),
        "place": region_at(paths[0]) if paths else None,
        "person": {"name": ctx.actor.name, "post": ctx.actor.post, "url": reverse("me")},
        "duty": _duty(ctx, paths[0]) if paths else [],
        "language_url": reverse("set_language"),
        "bell_url": reverse("messages-bell"),
        "health_url": "/health/chain",
        "exercise": World.objects.filter(pk=ctx.world).first() if ctx.world != REAL else None,
        **controls(ctx),
    }


#: The posts of the duty room that the top bar names, in this order.
DUTY_ROLES = (("duty_leader", _("带班")), ("duty_chief", _("值班长")), ("duty_officer", _("值班员")))


def _duty(ctx: Context, path: str) -> list[dict[str, Any]]:
    """One name a role: ``{"role", "name"}``."""
    held = on_duty_for(ctx, path)
    found = []
    for role, label in DUTY_ROLES:
        name = next((person.name for post, person in held if role in post.roles), None)
        if name:
            # The mark of example records stands on every page that tells about the person; the bar has no room for it.
            found.append({"role": label, "name": name.removesuffix("（示例）"), "whole": name})
    return found
