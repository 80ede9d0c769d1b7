"""What was known at a moment, and what is planned until a moment to come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from anlan.command.models import Incident, Task
from anlan.command.queries.timeline import timeline
from anlan.kernel.context import Context
from anlan.kernel.layers import Mark

#: So far ahead the slider shows what the tasks plan, and so far back what was known.
AHEAD, BACK = timedelta(hours=6), timedelta(hours=48)
NEWEST = 12


def moment_of_incident(ctx: Context, incident: Incident, at: datetime) -> dict[str, Any]:
    """``{"at", "ahead", "story": newest lines known then, "tasks": [{"task", "words", "late"}]}`` as far as `ctx` may see it."""
    now = ctx.now()
    story = [item for item in timeline(ctx, incident) if item.at <= at]
    return {
        "at": at, "ahead": at > now, "incident": incident, "known": len(story), "story": story[::-1][:NEWEST],
        "tasks": [_task(task, at, now) for task in tasks_of(ctx, incident) if task.opened_at <= min(at, now)],
    }  # fmt: skip


def tasks_of(ctx: Context, incident: Incident) -> list[Task]:
    """The tasks of the incident that the caller may see, by their deadline."""
    rows = Task.objects.visible_to(ctx).filter(incident=incident).select_related("organisation")
    return list(rows.order_by("due_from_plan", "pk"))


def plan_marks(ctx: Context, incident: Incident, until: datetime) -> list[Mark]:
    """Deadlines of open tasks that lie ahead, for the time slider."""
    now = ctx.now()
    return [
        Mark(task.due_from_plan, f"{task.organisation} {task.text[:40]}", "plan", task.get_absolute_url())
        for task in tasks_of(ctx, incident)
        if task.closed_at is None and now < task.due_from_plan <= until
    ]


def _task(task: Task, at: datetime, now: datetime) -> dict[str, Any]:
    """How the task stood at `at`: words are states of that moment, not of now."""
    ended = task.closed_at is not None and task.closed_at <= at
    taken = task.acknowledged_at is not None and task.acknowledged_at <= at
    return {
        "task": task,
        "state": "ended" if ended else "taken" if taken else "sent",
        "due": not ended and task.due_from_plan <= at,
        "planned": at > now and not ended and now < task.due_from_plan <= at,
    }
