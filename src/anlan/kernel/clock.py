"""Time. Nothing in the house asks the operating system for it: a replay or an exercise runs on a clock of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .worlds import REAL

_fixed: datetime | None = None


def real_now() -> datetime:
    """The wall clock (UTC, aware), or the instant that a test has fixed."""
    return _fixed or datetime.now(UTC)


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Hold the wall clock at `at` (aware) inside the block. For tests."""
    global _fixed
    before, _fixed = _fixed, at
    try:
        yield
    finally:
        _fixed = before


@dataclass(frozen=True, slots=True)
class Reading:
    """How a world's time follows the wall clock: ``anchor_world + (wall - anchor_real) * rate``."""

    anchor_real: datetime
    anchor_world: datetime
    rate: float
    world: uuid.UUID = REAL

    def now(self) -> datetime:
        return self.at(real_now())

    def at(self, wall: datetime) -> datetime:
        return self.anchor_world + (wall - self.anchor_real) * self.rate

    def wall_of(self, world_time: datetime) -> datetime | None:
        """The wall instant at which the world reaches `world_time`; None while the clock stands still."""
        if self.rate <= 0:
            return None
        return self.anchor_real + timedelta(seconds=(world_time - self.anchor_world).total_seconds() / self.rate)


def reality() -> Reading:
    now = real_now()
    return Reading(anchor_real=now, anchor_world=now, rate=1.0)


def read(world: uuid.UUID) -> Reading:
    """The clock of `world`. The real one needs no record; an exercise's is read from the database each time."""
    if world == REAL:
        return reality()
    from .models import World

    row = World.objects.only("anchor_real", "anchor_world", "rate").get(pk=world)
    return row.reading()
