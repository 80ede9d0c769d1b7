"""What action does when command announces: figures that come back with a task become entries of the roll."""

from __future__ import annotations

import uuid

from anlan.events.command import TaskFigures
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to
from anlan.places.queries import region as region_of

from .services import record_relocation
from .steps import count_step  # noqa: F401 (the buttons of a shelter call our services)


@reacts_to(TaskFigures)
def enter_relocated(ctx: Context, event: TaskFigures) -> None:
    """People moved, reported with a task: counted once per task, the latest figure stands."""
    moved = event.figures.get("evacuated")
    if moved is not None:
        record_relocation(
            ctx,
            region=region_of(event.region),
            people=int(moved),
            from_place=region_of(event.region).name,
            task=uuid.UUID(event.task),
        )
