"""How far readings reach and how many there may be, told by their blocks: asked before anybody reads them all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from .journal import tail
from .packing import micros, moment

#: A block spans a month at most.
_SPAN_US = 31 * 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class Extent:
    """No reading is older than `first_us` or newer than `last_us` (µs since 1970), and there are `most` at most."""

    first_us: int
    last_us: int
    most: int


def extent(
    world: uuid.UUID, stream_ids: Iterable[int], since_us: int | None = None, until_us: int | None = None
) -> Extent | None:
    """Bounds of the readings with ``since < time <= until`` without reading them; None: there are none."""
    wanted = np.unique(np.fromiter(stream_ids, np.int64))
    if not len(wanted):
        return None
    # The tail first: what is folded after that is met twice rather than never.
    fresh = tail(world)
    sql = "SELECT min(start), max(start), sum(count) FROM sensing_block WHERE world_id = %s AND datastream_id = ANY(%s)"
    given: list[Any] = [world, wanted.tolist()]
    if since_us is not None:
        sql, given = sql + " AND start > %s", [*given, moment(since_us - _SPAN_US)]
    if until_us is not None:
        sql, given = sql + " AND start <= %s", [*given, moment(until_us)]
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        first, last, most = cursor.fetchone()
        cursor.execute(
            "SELECT max(phenomenon_time) FROM sensing_latest WHERE world_id = %s AND datastream_id = ANY(%s)", given[:2]
        )
        (newest,) = cursor.fetchone()
    times = fresh.time_us[np.isin(fresh.stream, wanted)] if len(fresh) else np.empty(0, np.int64)
    bounds = [int(times.min()), int(times.max())] if len(times) else []
    if first is not None:
        end = micros(last) + _SPAN_US
        bounds += [micros(first), end if newest is None else min(end, micros(newest))]
    if not bounds:
        return None
    lowest = min(bounds) if since_us is None else max(min(bounds), since_us)
    highest = max(bounds) if until_us is None else min(max(bounds), until_us)
    return Extent(lowest, highest, int(most or 0) + len(times))
