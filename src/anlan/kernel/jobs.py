"""Background jobs that may take seconds (papers, large spreadsheets, sending). Rolled back with the transaction that asked.

A job takes ids, loads what it needs and calls one service; it may run twice. Ask for one with `enqueue`, never with the
task's own ``defer``: inside the engine that would go past the transaction over the worker's connection.
"""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager

#: Decorate a function in a room's `tasks.py` (found by procrastinate's autodiscovery): ``@job(queue="papers")``.
job = app.task


def enqueue(task: Any, **arguments: Any) -> int:
    """Have `task` run once the present transaction commits; returns the job's number."""
    return enqueue_all(task, [arguments])[0]


def enqueue_all(task: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Ask for `task` once for each row of arguments, in one statement."""
    if not rows:
        return []
    deferrer = task.configure()
    deferrer.job_manager = JobManager(DjangoConnector(alias="default"))
    return deferrer.batch_defer(*rows)


__all__ = ["app", "enqueue", "enqueue_all", "job"]
