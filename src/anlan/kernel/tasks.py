"""Housekeeping jobs of the platform itself."""

from __future__ import annotations

from .jobs import app


@app.periodic(cron="* * * * * */10")
@app.task(queue="housekeeping", pass_context=True, queueing_lock="retry_stalled")
async def retry_stalled(context, timestamp: int) -> None:  # type: ignore[no-untyped-def]
    """A worker that was killed leaves its job in `doing`: take it up again. Jobs are idempotent by contract."""
    for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
        await app.job_manager.retry_job(stalled)
