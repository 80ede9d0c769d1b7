"""Where the things stand that criteria follow: a typhoon, a cloud of gas. They report ``lon_deg`` and ``lat_deg``."""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from anlan.kernel.context import system
from anlan.sensing import queries as sensing
from anlan.sensing.store import Entry

AXES = ("lon_deg", "lat_deg")
MICRO = 1_000_000


@dataclass(slots=True)
class Centres:
    """`positions`: (lon, lat) by code: the newest reported ones, or where the thing is entered. `streams`: code and axis by datastream."""

    positions: dict[str, tuple[float, float]] = field(default_factory=dict)
    streams: dict[int, tuple[str, str]] = field(default_factory=dict)
    _said: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    def say(self, code: str, axis: str, time_us: int, value: float) -> None:
        """One coordinate as it was reported; an older one than is known changes nothing."""
        if math.isnan(value) or self._said.get((code, axis), (time_us, 0.0))[0] > time_us:
            return
        self._said[code, axis] = (time_us, value)
        lon, lat = (self._said.get((code, name)) for name in AXES)
        if lon is not None and lat is not None:
            self.positions[code] = (lon[1], lat[1])

    def take(self, entries: Iterable[Entry]) -> None:
        """Follow what entries of the journal report."""
        if not self.streams:
            return
        for entry in entries:
            for pk, (code, axis) in self.streams.items():
                for at in (entry.stream == pk).nonzero()[0]:
                    self.say(code, axis, int(entry.time[at]), float(entry.value[at]))


def centres_of(codes: Collection[str], world: uuid.UUID) -> Centres:
    """Where these things stand in a world by what it has stored."""
    found = Centres()
    if not codes:
        return found
    ctx = system("criteria", world=world)
    streams = sensing.datastreams(ctx, sorted(codes))
    newest = sensing.newest_readings(ctx, streams)
    for stream in streams:
        if stream.thing.position:
            found.positions[stream.thing_id] = (stream.thing.position.x, stream.thing.position.y)
    for stream in streams:
        if stream.property not in AXES:
            continue
        found.streams[stream.pk] = (stream.thing_id, stream.property)
        at, value = newest.get(stream.pk, (None, None))
        if at is not None and value is not None:
            found.say(stream.thing_id, stream.property, int(at.timestamp() * MICRO), value)
    return found
