"""What review says on the home page: the exercise that runs, or the storm that can be played."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.web.panels import add_panel

from .queries import RATES, may_steer, running_replay
from .replay.scenario import load_scenario, scenarios


def _replay(ctx: Context) -> dict[str, Any] | None:
    running = running_replay(ctx)
    if running is None:
        if not may_steer(ctx):
            return None
        return {"running": None, "scenarios": [load_scenario(s) for s in scenarios()], "rates": RATES}
    now = clock.read(running.world_id).now()
    return {
        "running": running, "now": now, "here": ctx.world == running.world_id, "may_steer": may_steer(ctx),
        "share": min(100, round(100 * (now - running.starts_at) / (running.ends_at - running.starts_at))),
    }  # fmt: skip


add_panel(
    "review.replay",
    5,
    "review.replay.view",
    _replay,
    question="happening",
    title=_("演练回放"),
    template="review/panel.html",
    live="review.replay.changed",
)
