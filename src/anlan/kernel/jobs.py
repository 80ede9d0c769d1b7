"""Background jobs that may take seconds (papers, large spreadsheets, sending). Rolled back with the transaction that asked.

A job takes ids, loads what it needs and calls one service; it may run twice.
"""

from __future__ import annotations

from procrastinate.contrib.django import app

#: Decorate a function in a room's `tasks.py` (found by procrastinate's autodiscovery): ``@job(queue="papers")``.
job = app.task

__all__ = ["app", "job"]
