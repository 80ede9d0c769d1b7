"""Every ten minutes: consultations that the calendar asks for."""

from __future__ import annotations

from anlan.kernel.context import system
from anlan.kernel.jobs import app

from .scheduling import propose_scheduled


@app.periodic(cron="*/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="propose_consultations")
def propose_consultations(timestamp: int) -> None:
    """In reality only: the calendar of an exercise is its own."""
    propose_scheduled(system("command.consultation"))
