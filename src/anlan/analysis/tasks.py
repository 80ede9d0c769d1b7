"""Jobs of analysis: devices are looked after in the real world; in an exercise only what is fed is expected."""

from __future__ import annotations

from anlan.kernel.context import system
from anlan.kernel.jobs import app

from . import services


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="look_for_silence")
def look_for_silence(timestamp: int) -> None:
    """Every minute: devices that keep silent, and those that came back."""
    services.look_for_silence(system("analysis.devices"))


@app.periodic(cron="7 * * * *")
@app.task(queue="housekeeping", queueing_lock="look_for_gaps")
def look_for_gaps(timestamp: int) -> None:
    """Every hour: devices of which less than nine tenths came."""
    services.look_for_gaps(system("analysis.devices"))
