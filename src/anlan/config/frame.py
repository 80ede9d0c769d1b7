"""What every page's frame shows: rail, clock, world, place, people on duty."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from anlan.kernel.models import World
from anlan.kernel.web.nav import nav_for
from anlan.kernel.worlds import REAL
from anlan.places.queries import region_at


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
        "nav": nav_for(ctx, request.path),
        "place": region_at(paths[0]) if paths else None,
        "exercise": World.objects.filter(pk=ctx.world).first() if ctx.world != REAL else None,
    }
