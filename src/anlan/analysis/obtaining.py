"""What was obtained of what should have come, by device and by county."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.kernel.context import Context
from anlan.kernel.scope_names import scope_names
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

from .data.criteria_files import shipped_properties
from .data.device_watch import device_watch


@dataclass(frozen=True, slots=True)
class DeviceShare:
    """`pct` of the expected readings came; `enough` when that is at least what is asked for."""

    stream: Datastream
    name: str
    pct: float
    expected: int
    enough: bool


@dataclass(frozen=True, slots=True)
class CountyShare:
    """All devices of one place: `pct` of all their expected readings came; `short` of `devices` fall below what is asked for."""

    scope: str
    name: str
    pct: float
    devices: int
    short: int
    enough: bool


@dataclass(frozen=True, slots=True)
class Obtained:
    """Worst first. `total`: percent over all devices, None when nothing is expected."""

    devices: list[DeviceShare]
    counties: list[CountyShare]
    total: float | None


def obtained(ctx: Context, until: datetime | None = None) -> Obtained:
    """Over the watched hours up to `until` (default: now), of the devices that the person may see and that report on a schedule."""
    watch = device_watch()
    until = until or ctx.now()
    streams = {s.pk: s for s in sensing.datastreams(ctx)}
    shares = sensing.obtained(ctx, list(streams.values()), until - timedelta(hours=watch.obtained_h), until)
    devices = []
    for pk, share in shares.items():
        stream, pct = streams[pk], round(100 * share, 1)
        known = shipped_properties().get(stream.property)
        expected = max(1, int(watch.obtained_h * 3600 // stream.interval_s))
        name = known.zh if known is not None else stream.property
        devices.append(DeviceShare(stream, name, pct, expected, pct >= watch.obtained_pct))
    devices.sort(key=lambda d: (d.pct, d.stream.thing_id, d.stream.property))
    counties = _counties(devices, watch.obtained_pct)
    return Obtained(devices, counties, _share(devices))


def _counties(devices: list[DeviceShare], least: float) -> list[CountyShare]:
    groups: dict[str, list[DeviceShare]] = defaultdict(list)
    for device in devices:
        groups[device.stream.thing.scope].append(device)
    names = scope_names().labels(list(groups))
    found = []
    for scope, own in groups.items():
        pct = _share(own) or 0.0
        short = sum(not d.enough for d in own)
        found.append(CountyShare(scope, names.get(scope, scope), pct, len(own), short, pct >= least))
    return sorted(found, key=lambda c: (c.pct, c.scope))


def _share(devices: list[DeviceShare]) -> float | None:
    expected = sum(d.expected for d in devices)
    return round(sum(d.pct * d.expected for d in devices) / expected, 1) if expected else None
