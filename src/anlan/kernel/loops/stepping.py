"""Which verb a button calls. A room that has a service of its own for a step registers it; otherwise the bare transition runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from anlan.kernel.context import Context
from anlan.kernel.errors import Refused

from .moves import Move, transition_each
from .record import LoopRecord
from .services import transition

#: ``service(ctx, record, evidence)`` takes the step (through `transition`) with whatever belongs to it, and returns the record.
StepService = Callable[[Context, Any, dict[str, Any]], Any]

#: The same for many ``(ctx, record, evidence)``; returns for each its record or the Refused that stands against it.
EachService = Callable[[Sequence[tuple[Context, Any, dict[str, Any]]]], list[Any]]

_SERVICES: dict[tuple[str, str], StepService] = {}
_FOR_EACH: dict[tuple[str, str], EachService] = {}


def step_service(loop: str, step: str, *, each: EachService | None = None) -> Callable[[StepService], StepService]:
    """Declare the service behind a step: ``@step_service("command.task", "report")``, in a module that the room always loads
    (its `services` or `reactions`). `each`: the same service for many at once, where there is one.
    """

    def register(service: StepService) -> StepService:
        known = _SERVICES.get((loop, step))
        if known is not None and known.__qualname__ != service.__qualname__:
            raise ValueError(f"step {loop}.{step} has two services")
        _SERVICES[(loop, step)] = service
        if each is not None:
            _FOR_EACH[(loop, step)] = each
        return service

    return register


def take_step(ctx: Context, record: LoopRecord, step: str, evidence: dict[str, Any]) -> Any:
    """Take a step as its room wants it taken; returns the record. Raises what `transition` raises."""
    service = _SERVICES.get((record.loop.key, step))
    return service(ctx, record, evidence) if service else transition(ctx, record, step, evidence=evidence)


def take_each(taken: Sequence[tuple[Context, Any, dict[str, Any]]], step: str) -> list[Any]:
    """Take the same step with many records of one loop, each by its own actor, in one transaction; returns for each, in order,
    the record or the Refused that `take_step` would have raised."""
    if not taken:
        return []
    name = (taken[0][1].loop.key, step)
    with transaction.atomic():
        if name in _FOR_EACH:
            return _FOR_EACH[name](taken)
        if name not in _SERVICES:
            return transition_each([Move(ctx, record, evidence) for ctx, record, evidence in taken], step)
        return [_attempt(_SERVICES[name], *one) for one in taken]


def _attempt(service: StepService, ctx: Context, record: Any, evidence: dict[str, Any]) -> Any:
    try:
        with transaction.atomic():
            return service(ctx, record, evidence)
    except Refused as refused:
        return refused
