"""Frames: what a whole property measured hour by hour. Written in parts by the fold, joined with the journal's tail when read."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

import numpy as np
from django.db import connection

from .cells import Cells, cells_from, cells_of, hour_of, join, no_cells, records_of
from .journal import tail
from .packing import CELL, CORRECTED, HOUR_US, Bytes, Floats, Ints, micros, moment, pack_records, unpack_records
from .reading import Flat, read_blocks, read_flat
from .streams import property_numbers, streams_of

PARTS = 16
_COLUMNS = ["uuid", "text", "timestamptz", "int8", "int4", "bytea"]
_COPY = "COPY sensing_frame (world_id, property, hour, position, count, payload) FROM STDIN (FORMAT binary)"


def frames(world: uuid.UUID, name: str, since: datetime, until: datetime) -> Cells:
    """The cells of a property for the hours that end after `since` and not after `until`, unfolded readings included."""
    low, high = micros(since), micros(until)
    # The tail first, and the parts in one statement: a fold between the two is seen by the position of its parts.
    fresh = tail(world)
    fresh = fresh.where(np.isin(fresh.stream, streams_of(name))) if len(fresh) else fresh
    if len(fresh):
        hour = hour_of(fresh.time_us)
        fresh = fresh.where((hour > low) & (hour <= high))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hour, position, count, payload FROM sensing_frame WHERE world_id = %s AND property = %s AND hour > %s"
            " AND hour <= %s ORDER BY position",
            [world, name, since, until],
        )
        rows = cursor.fetchall()
    parts = [_unpacked(micros(hour), count, payload) for hour, _position, count, payload in rows]
    if len(fresh):
        fresh = fresh.where(fresh.entry > max((position for _h, position, _c, _p in rows), default=-1))
        parts.append(_fresh_cells(world, fresh.stream, fresh.time_us, fresh.value, fresh.quality, folded=False))
    return join(parts)


def write_frames(
    world: uuid.UUID, position: int, *, stream: Ints, time_us: Ints, value: Floats, quality: Bytes
) -> None:
    """Add readings that were just written into blocks to the frames of their hours, as parts of `position`."""
    cells = _fresh_cells(world, stream, time_us, value, quality, folded=True)
    numbers, names = property_numbers(cells.stream)
    for number, name in enumerate(names):
        own = cells.where(numbers == number)
        if len(own):
            _write(world, name, position, own)
            _join_parts(world, name, np.unique(own.hour_us))


def _fresh_cells(
    world: uuid.UUID, stream: Ints, time_us: Ints, value: Floats, quality: Bytes, *, folded: bool
) -> Cells:
    """Cells of readings that were accepted one after the other. Where one was corrected, the hour is taken anew from the store."""
    corrected = quality == CORRECTED
    if not corrected.any():
        return cells_of(stream, time_us, value)
    hour = hour_of(time_us)
    streams, hours = np.unique(stream[corrected]), hour[corrected]
    reader = read_blocks if folded else read_flat
    whole: Flat = reader(world, streams.tolist(), int(hours.min()) - HOUR_US, int(hours.max()))
    pairs = {(int(s), int(h)) for s, h in zip(stream[corrected], hours, strict=True)}
    inside = _among(whole.stream, hour_of(whole.time_us), pairs)
    rest = ~_among(stream, hour, pairs)
    return join(
        [
            cells_of(stream[rest], time_us[rest], value[rest]),
            cells_of(whole.stream[inside], whole.time_us[inside], whole.value[inside], anew=True),
        ]
    )


def _among(stream: Ints, hour: Ints, pairs: set[tuple[int, int]]) -> np.ndarray:
    streams = np.unique([s for s, _h in pairs])
    near = np.isin(stream, streams)
    near[near] = [(s, h) in pairs for s, h in zip(stream[near].tolist(), hour[near].tolist(), strict=True)]
    return near


def _unpacked(hour_us: int, count: int, payload: bytes) -> Cells:
    rows = unpack_records(payload, count, CELL)
    return cells_from(rows, hour_us=np.full(count, hour_us, np.int64), stream=rows["key"].astype(np.int64))


def _write(world: uuid.UUID, name: str, position: int, cells: Cells) -> None:
    """`cells` are sorted by hour."""
    rows = records_of(cells, cells.stream)
    begins = np.concatenate(([0], np.flatnonzero(np.diff(cells.hour_us)) + 1))
    ends = np.append(begins[1:], len(rows))
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_COLUMNS)
        for hour, a, b in zip(cells.hour_us[begins].tolist(), begins.tolist(), ends.tolist(), strict=True):
            copy.write_row((world, name, moment(hour), position, b - a, pack_records(rows[a:b])))


def _join_parts(world: uuid.UUID, name: str, hours: Ints) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hour FROM sensing_frame WHERE world_id = %s AND property = %s AND hour = ANY(%s)"
            " GROUP BY hour HAVING count(*) >= %s",
            [world, name, [moment(h) for h in hours.tolist()], PARTS],
        )
        many = [hour for (hour,) in cursor.fetchall()]
        if not many:
            return
        cursor.execute(
            "DELETE FROM sensing_frame WHERE world_id = %s AND property = %s AND hour = ANY(%s)"
            " RETURNING hour, position, count, payload",
            [world, name, many],
        )
        found = sorted(cursor.fetchall(), key=lambda row: row[1])
    parts: dict[datetime, list[Cells]] = defaultdict(list)
    newest: dict[datetime, int] = {}
    for hour, position, count, payload in found:
        parts[hour].append(_unpacked(micros(hour), count, payload))
        newest[hour] = position
    for hour, pieces in parts.items():
        _write(world, name, newest[hour], join(pieces) if pieces else no_cells())
