"""Background work of decision."""

from __future__ import annotations

from anlan.kernel.jobs import app


@app.periodic(cron="40 1 * * *")
@app.task(queue="housekeeping", queueing_lock="open_due_revisions")
def open_due_revisions(timestamp: int) -> None:
    """Every day: plans that have come of age, or that findings wait for, are put into revision."""
    from anlan.decision.services import open_due_revisions as open_them
    from anlan.decision.services import open_for_findings

    open_for_findings()
    open_them()
