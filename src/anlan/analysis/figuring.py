"""Regional figures and what neighbours say, beside a judge of its own: as often as the machine has time, never on the way of a signal."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable

from anlan.kernel.context import system
from anlan.kernel.engine.threads import in_thread
from anlan.sensing.models import Latest

from . import services
from .models import SignalEvent
from .services.figures import RAIN

#: Between two rounds at least (s); a round that takes long is followed by a rest ten times as long.
REST_S, REST_TIMES = 0.2, 10


class Due:
    """What is to be looked at, by world: stations that have reported, or events whose signals nobody was asked about yet."""

    def __init__(self) -> None:
        self._names: dict[uuid.UUID, set[str]] = defaultdict(set)
        self._guard = threading.Lock()

    def add(self, world: uuid.UUID, names: Iterable[str]) -> None:
        with self._guard:
            self._names[world].update(names)

    def take(self) -> dict[uuid.UUID, set[str]]:
        with self._guard:
            taken, self._names = self._names, defaultdict(set)
        return taken


due, reported, unasked = Due(), Due(), Due()


def update_due() -> float:
    """Put the figures together that are due; returns the seconds that it took."""
    began = time.monotonic()
    for world, stations in due.take().items():
        ctx = system("analysis.figures", world=world)
        services.update_figures(ctx, stations=stations)
        services.update_depths(ctx, stations=stations)
    for world, events in unasked.take().items():
        ctx = system("analysis.neighbours", world=world)
        for event in SignalEvent.objects.in_world(ctx).filter(pk__in=events):
            services.verify_event(ctx, event=event)
    for world, stations in reported.take().items():
        services.verify_again(system("analysis.neighbours", world=world), stations=stations)
    return time.monotonic() - began


def begin() -> None:
    """What a process before may have owed: every station that ever reported."""
    events = SignalEvent.everything.filter(closed_at__isnull=True).exclude(scheme="device")
    for world, event in events.values_list("world_id", "pk"):
        unasked.add(world, [str(event)])
    rows = Latest.objects.values_list("world_id", "datastream__property", "datastream__thing_id")
    for world, name, station in rows.distinct().iterator():
        reported.add(world, [station])
        if name == RAIN or name in services.DEPTHS:
            due.add(world, [station])


async def run_figuring(stop: asyncio.Event) -> None:
    """Until `stop`."""
    await in_thread("figures", begin)
    while not stop.is_set():
        took = await in_thread("figures", update_due)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(REST_S, REST_TIMES * took))
