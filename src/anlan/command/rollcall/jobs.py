"""Every minute: roll calls that a plan asks for."""

from __future__ import annotations

from anlan.kernel.context import system
from anlan.kernel.jobs import app

from .services import draw_due


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="draw_rollcalls")
def draw_rollcalls(timestamp: int) -> None:
    """In reality only: an exercise draws up its roll calls by hand."""
    draw_due(system("command.rollcall"))
