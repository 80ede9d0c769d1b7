"""Readings out of the store: folded blocks and the tail of the journal, each time of a datastream once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from .journal import UNFOLDED, Stretch, Tail, entries_of, tail_of
from .packing import READING, Bytes, Columns, Floats, Ints, moment, unpack_records

#: Beyond any time that is accepted.
ALWAYS = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class Flat:
    """Readings of many datastreams, by datastream and time, each once."""

    stream: Ints
    time_us: Ints
    value: Floats
    quality: Bytes
    received_us: Ints

    def __len__(self) -> int:
        return len(self.stream)


def read(
    world: uuid.UUID, stream_ids: Iterable[int] | None, since_us: int | None = None, until_us: int | None = None, *,
    upto: int | None = None,
) -> dict[int, Columns]:  # fmt: skip
    """Readings with ``since < time <= until`` (microseconds; None: no bound) by datastream; `stream_ids` None: all of them.

    `upto`: entries of the journal after this one may be left out; whoever follows it finds the rest in memory (`remember`).
    """
    found = read_flat(world, stream_ids, since_us, until_us, upto=upto)
    if not len(found):
        return {}
    begins = np.concatenate(([0], np.flatnonzero(np.diff(found.stream)) + 1))
    ends = np.append(begins[1:], len(found))
    return {
        int(found.stream[a]): Columns(found.time_us[a:b], found.value[a:b], found.quality[a:b], found.received_us[a:b])
        for a, b in zip(begins.tolist(), ends.tolist(), strict=True)
    }


def read_flat(
    world: uuid.UUID, stream_ids: Iterable[int] | None, since_us: int | None = None, until_us: int | None = None, *,
    upto: int | None = None,
) -> Flat:  # fmt: skip
    """The same in flat arrays."""
    wanted = None if stream_ids is None else np.unique(np.fromiter(stream_ids, np.int64))
    return _once(world, wanted, since_us, until_us, with_tail=True, upto=upto)


def read_blocks(world: uuid.UUID, stream_ids: Iterable[int], since_us: int | None, until_us: int | None) -> Flat:
    """Folded readings only."""
    return _once(world, np.unique(np.fromiter(stream_ids, np.int64)), since_us, until_us, with_tail=False)


def _once(
    world: uuid.UUID, wanted: Ints | None, since_us: int | None, until_us: int | None, *, with_tail: bool,
    upto: int | None = None,
) -> Flat:  # fmt: skip
    stream, rows, unfolded = _folded(world, wanted, since_us, until_us, with_tail=with_tail, upto=upto)
    fresh = tail_of(world, unfolded) if unfolded is not None else None
    for _again in range(3):
        if fresh is None or unfolded is None or entries_of(fresh) == unfolded.count:
            break
        # Folded and thrown away since they were counted: they are in blocks by now.
        stream, rows, unfolded = _folded(world, wanted, since_us, until_us, with_tail=with_tail, upto=upto)
        fresh = tail_of(world, unfolded) if unfolded is not None else None
    time_us, value = rows["time"], rows["value"]
    quality, received = rows["quality"], rows["time"] + rows["lag"]
    if fresh is not None:
        chosen = _within(fresh.time_us, since_us, until_us)
        fresh = fresh.where(chosen if wanted is None else chosen & np.isin(fresh.stream, wanted))
        stream, time_us = np.concatenate((stream, fresh.stream)), np.concatenate((time_us, fresh.time_us))
        value, quality = np.concatenate((value, fresh.value)), np.concatenate((quality, fresh.quality))
        received = np.concatenate((received, fresh.received_us))
    order = np.lexsort((time_us, stream))
    if len(order):
        # Of equal keys the last counts: they stand in the order of their acceptance.
        s, t = stream[order], time_us[order]
        order = order[np.append((np.diff(s) != 0) | (np.diff(t) != 0), True)]
    return Flat(stream[order], time_us[order], value[order], quality[order], received[order])


def _folded(
    world: uuid.UUID,
    wanted: Ints | None,
    since_us: int | None,
    until_us: int | None,
    *,
    with_tail: bool,
    upto: int | None,
) -> tuple[Ints, NDArray[np.void], Stretch | None]:
    """Readings of the blocks that touch the stretch, older parts first, and which entries are not folded (None: there are none): one
    statement, so that what is folded in the meantime is met once.
    """
    sql = "SELECT datastream_id, part, count, payload FROM sensing_block WHERE world_id = %s"
    given: list[Any] = [world]
    if wanted is not None:
        sql += " AND datastream_id = ANY(%s)"
        given.append(wanted.tolist())
    if since_us is not None:
        month = np.datetime64(since_us, "us").astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
        sql += " AND start >= %s"
        given.append(moment(int(month)))
    if until_us is not None:
        sql += " AND start <= %s"
        given.append(moment(until_us))
    if with_tail:
        sql += f" UNION ALL SELECT NULL, u.position, u.count, u.max::text::bytea FROM ({UNFOLDED}) AS u (position, count, max)"
        given += [world, world, upto, upto]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 2", given)
        rows = cursor.fetchall()
    told = next(((part, n, int(bytes(last))) for pk, part, n, last in rows if pk is None), None)
    unfolded = Stretch(*told) if told is not None and told[1] else None
    found = [(pk, n, payload) for pk, _part, n, payload in rows if pk is not None]
    if not found:
        return np.empty(0, np.int64), np.empty(0, READING), unfolded
    counts = np.fromiter((n for _s, n, _p in found), np.int64, len(found))
    streams = np.repeat(np.fromiter((s for s, _n, _p in found), np.int64, len(found)), counts)
    records = np.concatenate([unpack_records(payload, n, READING) for _s, n, payload in found])
    chosen = _within(records["time"], since_us, until_us)
    return streams[chosen], records[chosen], unfolded


def _within(time_us: Ints, since_us: int | None, until_us: int | None) -> NDArray[np.bool_]:
    low, high = ALWAYS
    return (time_us > (low if since_us is None else since_us)) & (time_us <= (high if until_us is None else until_us))


def find(flat: Flat | Tail, stream: Ints, time_us: Ints) -> NDArray[np.int64]:
    """Where each key stands in `flat`, -1 for nowhere; of several equal keys the last."""
    answer = np.full(len(stream), -1, np.int64)
    if not len(flat) or not len(stream):
        return answer
    streams, times = np.unique(stream), np.unique(time_us)
    held = np.flatnonzero(np.isin(flat.stream, streams) & np.isin(flat.time_us, times))
    if not len(held):
        return answer

    def key(s: Ints, t: Ints) -> Ints:
        return np.asarray(np.searchsorted(streams, s) * len(times) + np.searchsorted(times, t), np.int64)

    mine = key(flat.stream[held], flat.time_us[held])
    order = np.argsort(mine, kind="stable")
    mine, held = mine[order], held[order]
    wanted = key(stream, time_us)
    place = np.searchsorted(mine, wanted, side="right") - 1
    hit = (place >= 0) & (mine[np.maximum(place, 0)] == wanted)
    answer[hit] = held[place[hit]]
    return answer
