"""Jobs of analysis: devices are looked after in the real world; in an exercise only what is fed is expected."""

from __future__ import annotations

from anlan.kernel.context import system
from anlan.kernel.jobs import app, job
from anlan.kernel.models import World

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


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="clear_unwatched")
def clear_unwatched(timestamp: int) -> None:
    """Every minute, in every world that runs: signals that nothing judges any more."""
    for world in World.objects.filter(ended_at__isnull=True).values_list("pk", flat=True):
        services.clear_unwatched(system("analysis.signals", world=world))


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="supersede_passed")
def supersede_passed(timestamp: int) -> None:
    """Every minute: versions of the book whose successor has come into force."""
    services.supersede_passed(system("analysis.criteria"))


@job(queue="trials", lock="analysis.trial")
def run_trial(trial: str) -> None:
    """Try a draft of the book on past readings; one after the other, so that papers and calls find a worker. Runs twice without harm."""
    services.run_trial(trial)
