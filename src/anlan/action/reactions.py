"""What action does when command announces: figures that come back with a task become entries of the roll."""

from __future__ import annotations

import uuid

from anlan.events.command import TaskFigures
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to
from anlan.places.queries import region as region_of

from .models import Relocation
from .services import record_relocation
from .steps import count_step  # noqa: F401 (the buttons of a shelter call our services)


@reacts_to(TaskFigures)
def enter_relocated(ctx: Context, event: TaskFigures) -> None:
    """People moved, reported with a task: counted once per task, the latest figure stands. None moved is no entry of the roll,
    unless it corrects one."""
    moved = event.figures.get("evacuated")
    task = uuid.UUID(event.task)
    if moved is None or (not moved and not Relocation.objects.in_world(ctx).filter(task=task).exists()):
        return
    where = region_of(event.region)
    record_relocation(
        ctx,
        region=where,
        people=int(moved),
        from_place=where.name,
        task=task,
        by_name=event.by,
        simulated=event.simulated,
    )
