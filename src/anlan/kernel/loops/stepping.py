"""Which verb a button calls. A room that has a service of its own for a step registers it; otherwise the bare transition runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anlan.kernel.context import Context

from .record import LoopRecord
from .services import transition

#: ``service(ctx, record, evidence)`` takes the step (through `transition`) with whatever belongs to it, and returns the record.
StepService = Callable[[Context, Any, dict[str, Any]], Any]

_SERVICES: dict[tuple[str, str], StepService] = {}


def step_service(loop: str, step: str) -> Callable[[StepService], StepService]:
    """Declare the service behind a step: ``@step_service("command.task", "report")``, in a module that the room always loads
    (its `services` or `reactions`).
    """

    def register(service: StepService) -> StepService:
        known = _SERVICES.get((loop, step))
        if known is not None and known.__qualname__ != service.__qualname__:
            raise ValueError(f"step {loop}.{step} has two services")
        _SERVICES[(loop, step)] = service
        return service

    return register


def take_step(ctx: Context, record: LoopRecord, step: str, evidence: dict[str, Any]) -> Any:
    """Take a step as its room wants it taken; returns the record. Raises what `transition` raises."""
    service = _SERVICES.get((record.loop.key, step))
    return service(ctx, record, evidence) if service else transition(ctx, record, step, evidence=evidence)
