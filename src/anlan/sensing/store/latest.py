"""The newest reading of each datastream as rows, for maps and lists; what the journal holds beyond them is laid over."""

from __future__ import annotations

import uuid

import numpy as np
from django.db import connection

from .journal import tail
from .packing import Floats, Ints

_TABLE = "sensing_latest"


def keep_latest(world: uuid.UUID, *, stream: Ints, time_us: Ints, value: Floats, entry: Ints) -> None:
    """Bring the rows up to date with readings (any order). Of one time the later entry counts."""
    stream, time_us, value, entry = newest_of(stream, time_us, value, entry)
    if not len(stream):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {_TABLE} (world_id, datastream_id, phenomenon_time, result, entry)
                SELECT %s, s, timestamptz 'epoch' + t * interval '1 microsecond', NULLIF(v, 'NaN'), e
                FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::bigint[]) AS r(s, t, v, e) ORDER BY s
                ON CONFLICT (datastream_id, world_id) DO UPDATE
                SET phenomenon_time = excluded.phenomenon_time, result = excluded.result, entry = excluded.entry
                WHERE (excluded.phenomenon_time, excluded.entry) >= ({_TABLE}.phenomenon_time, {_TABLE}.entry)""",
            [world, stream.tolist(), time_us.tolist(), value.tolist(), entry.tolist()],
        )


def newest_of(stream: Ints, time_us: Ints, value: Floats, entry: Ints) -> tuple[Ints, Ints, Floats, Ints]:
    """One reading per datastream: the newest, of equal times the one that came last."""
    order = np.lexsort((entry, time_us, stream))
    last = order[np.append(np.diff(stream[order]) != 0, True)] if len(order) else order
    return stream[last], time_us[last], value[last], entry[last]


def unwritten(world: uuid.UUID) -> dict[int, tuple[int, float]]:
    """Newest readings (time µs, value) by datastream that the rows do not say yet."""
    fresh = tail(world)
    if not len(fresh):
        return {}
    stream, time_us, value, entry = newest_of(fresh.stream, fresh.time_us, fresh.value, fresh.entry)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT datastream_id, (extract(epoch FROM phenomenon_time) * 1000000)::bigint, entry FROM {_TABLE}
                WHERE world_id = %s AND datastream_id = ANY(%s)""",
            [world, stream.tolist()],
        )
        written = {pk: (at, e) for pk, at, e in cursor.fetchall()}
    return {
        pk: (at, v)
        for pk, at, v, e in zip(stream.tolist(), time_us.tolist(), value.tolist(), entry.tolist(), strict=True)
        if written.get(pk, (-(2**63), 0)) < (at, e)
    }
