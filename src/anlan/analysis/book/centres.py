"""Where the things stand that criteria follow: a typhoon, a cloud of gas. They report ``lon_deg`` and ``lat_deg``."""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from anlan.kernel.context import system
from anlan.kernel.geodesy import haversine_m
from anlan.sensing import queries as sensing
from anlan.sensing.store import Entry

from ..numerics.windows import Floats

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


@dataclass(frozen=True, slots=True)
class Track:
    """Where a centre stood: `times` (n,) s, ascending, `lon` and `lat` (n,) degrees, NaN before both were told."""

    times: Floats
    lon: Floats
    lat: Floats

    def within(self, radius_km: float, lonlat: tuple[float, float] | None, stamps: Floats) -> NDArray[np.bool_]:
        """At which `stamps` (s) the newest position told by then lies within the radius of a place."""
        if lonlat is None or not self.times.size:
            return np.zeros(stamps.shape, dtype=bool)
        newest = np.searchsorted(self.times, stamps, side="right") - 1
        near = haversine_m(self.lon, self.lat, *lonlat) <= radius_km * 1000  # NaN is near nothing
        return np.asarray((newest >= 0) & near[np.maximum(newest, 0)])


NOWHERE = Track(np.zeros(0), np.zeros(0), np.zeros(0))


def tracks_of(codes: Collection[str], world: uuid.UUID, since: datetime, until: datetime) -> dict[str, Track]:
    """Where these things stood between two instants; what never reported stands where it is entered."""
    if not codes:
        return {}
    ctx = system("criteria", world=world)
    streams = sensing.datastreams(ctx, sorted(codes))
    series = sensing.series(ctx, [s for s in streams if s.property in AXES], since=since, until=until)
    axes: dict[str, dict[str, tuple[Floats, Floats]]] = {}
    fixed: dict[str, tuple[float, float]] = {}
    for stream in streams:
        if stream.thing.position:
            fixed[stream.thing_id] = (stream.thing.position.x, stream.thing.position.y)
        told = [(at.timestamp(), value) for at, value in series.get(stream.pk, ()) if value is not None]
        if told:
            times, values = (np.array(column, dtype=np.float64) for column in zip(*told, strict=True))
            axes.setdefault(stream.thing_id, {})[stream.property] = (times, values)
    found = {code: _merged(own) for code, own in axes.items() if len(own) == len(AXES)}
    for code, (lon, lat) in fixed.items():
        found.setdefault(code, Track(np.array([-np.inf]), np.array([lon]), np.array([lat])))
    return found


def _merged(axes: dict[str, tuple[Floats, Floats]]) -> Track:
    times = np.unique(np.concatenate([own for own, _ in axes.values()]))
    columns = []
    for name in AXES:
        own, values = axes[name]
        newest = np.searchsorted(own, times, side="right") - 1
        columns.append(np.where(newest >= 0, values[np.maximum(newest, 0)], np.nan))
    return Track(times, columns[0], columns[1])
