"""Background work of places."""

from __future__ import annotations

from anlan.kernel.context import system
from anlan.kernel.jobs import app


@app.periodic(cron="20 1 * * *")
@app.task(queue="housekeeping", queueing_lock="ask_units_to_confirm")
def ask_units_to_confirm(timestamp: int) -> None:
    """Every day: units that have not been asked this month to look at their entry in the directory (so a standstill on the first
    does no harm). Sample units are asked by hand only."""
    from anlan.places.directory.services import ask_units

    ask_units(system("places.directory"), samples=False)
