"""What a vector tile of points holds: enough of the format (Mapbox Vector Tile 2.1, protobuf) to compare two makers of tiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Thing:
    """One point of a tile, in the units of its grid; `count`: how many things it stands for."""

    x: int
    y: int
    name: str
    count: int


def things_in(tile: bytes) -> list[Thing]:
    """Every point of every layer, those of the buffer too."""
    found = []
    for number, layer in _fields(tile):
        if number != 3 or not isinstance(layer, bytes):
            continue
        parts = list(_fields(layer))
        keys = [value.decode() for n, value in parts if n == 3 and isinstance(value, bytes)]
        values = [_value(value) for n, value in parts if n == 4 and isinstance(value, bytes)]
        found += [
            thing
            for n, feature in parts
            if n == 2 and isinstance(feature, bytes) and (thing := _thing(feature, keys, values))
        ]
    return found


def alike(one: bytes, other: bytes, *, extent: int = 4096) -> str:
    """Empty when both show the same things by name and number; otherwise what differs.

    What one rounds to the edge of the tile the other may round across it: a thing that lies within one unit of the edge need
    not be inside for both, but must be in both. Where one counts by cells the numbers must agree within a twentieth, for a cell
    at the edge takes what lies in the buffer along.
    """
    told = [things_in(tile) for tile in (one, other)]
    if any(thing.count > 1 for things in told for thing in things):
        sums = [sum(t.count for t in things if min(t.x, t.y) >= 0 and max(t.x, t.y) < extent) for things in told]
        return "" if abs(sums[0] - sums[1]) <= max(sums) / 20 else f"{sums[0]} things and {sums[1]}"
    inner = [Counter(t.name for t in ts if min(t.x, t.y) > 1 and max(t.x, t.y) < extent - 1) for ts in told]
    outer = [Counter(t.name for t in things) for things in told]
    here, there = inner[0] - outer[1], inner[1] - outer[0]
    if here or there:
        counts = f"{inner[0].total()} things and {inner[1].total()}"
        return f"{counts}; only here {list(here)[:3]}, only there {list(there)[:3]}"
    return ""


def _thing(feature: bytes, keys: list[str], values: list[str | int]) -> Thing | None:
    read = {n: v for n, v in _fields(feature) if isinstance(v, bytes)}
    place = list(_numbers(read.get(4, b"")))
    if len(place) < 3:
        return None
    tags = list(_numbers(read.get(2, b"")))
    said = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=False)}
    return Thing(_unzigzag(place[1]), _unzigzag(place[2]), str(said.get("name", "")), int(said.get("point_count", 1)))


def _value(message: bytes) -> str | int:
    for number, value in _fields(message):
        return value.decode() if number == 1 and isinstance(value, bytes) else value if isinstance(value, int) else 0
    return ""


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire == 2:
            size, at = _varint(message, at)
            yield number, message[at : at + size]
            at += size
        else:
            size = 8 if wire == 1 else 4
            yield number, message[at : at + size]
            at += size


def _numbers(packed: bytes) -> Iterator[int]:
    at = 0
    while at < len(packed):
        value, at = _varint(packed, at)
        yield value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
