"""Blocks: readings column by column, one datastream and span each, written in parts and joined when these become many."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from .packing import READING, Ints, moment, pack_records, unpack_records

#: A span is written in so many parts before they are joined.
PARTS = 16
#: Datastreams that are read more often than this (seconds) have spans of a day, the others of a month.
OFTEN_S = 600
#: Advisory lock under which a partition is made.
PARTITIONS_LOCK = 0x616E6C09
_COLUMNS = ["uuid", "int8", "timestamptz", "int8", "int4", "bytea"]


def span_of(time_us: Ints, by_day: NDArray[np.bool_]) -> Ints:
    """The start (µs) of the span that an instant lies in: its UTC day or month."""
    at = time_us.astype("datetime64[us]")
    day = at.astype("datetime64[D]").astype("datetime64[us]").astype(np.int64)
    month = at.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
    return np.asarray(np.where(by_day, day, month), np.int64)


def make_partitions(time_us: Ints) -> None:
    """A partition for every year in which a span begins.

    Made beside the table and then attached, which takes no lock that readers or other writers wait for; two writers at once make
    it one after the other.
    """
    years = np.unique(time_us.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970).tolist()
    with connection.cursor() as cursor:
        if not (missing := _years_without(cursor, years)):
            return
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PARTITIONS_LOCK])
        for year in _years_without(cursor, missing):
            name = f"sensing_block_{year}"
            cursor.execute(f"CREATE TABLE {name} (LIKE sensing_block INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE sensing_block ATTACH PARTITION {name}"
                f" FOR VALUES FROM ('{year}-01-01 00:00:00+00') TO ('{year + 1}-01-01 00:00:00+00')"
            )


def _years_without(cursor: CursorWrapper, years: list[int]) -> list[int]:
    names = [f"sensing_block_{year}" for year in years]
    cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relispartition", [names])
    there = {name for (name,) in cursor.fetchall()}
    return [year for year, name in zip(years, names, strict=True) if name not in there]


def write_blocks(
    world: uuid.UUID, part: int, *, stream: Ints, by_day: NDArray[np.bool_], rows: NDArray[np.void]
) -> None:
    """Write readings (`rows` of `READING`, in the order of their acceptance) as one part per datastream and span."""
    start = span_of(rows["time"], by_day)
    order = np.lexsort((rows["time"], start, stream))
    stream, start, rows = stream[order], start[order], rows[order]
    begins = np.concatenate(([0], np.flatnonzero((np.diff(stream) != 0) | (np.diff(start) != 0)) + 1))
    ends = np.append(begins[1:], len(rows))
    make_partitions(np.unique(start))
    moments = {us: moment(us) for us in np.unique(start).tolist()}
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY sensing_block (world_id, datastream_id, start, part, count, payload) FROM STDIN (FORMAT binary)"
        ) as copy,
    ):
        copy.set_types(_COLUMNS)
        for pk, us, a, b in zip(
            stream[begins].tolist(), start[begins].tolist(), begins.tolist(), ends.tolist(), strict=True
        ):
            copy.write_row((world, pk, moments[us], part, b - a, pack_records(rows[a:b])))
    _join_parts(world, stream[begins], start[begins])


def _join_parts(world: uuid.UUID, stream: Ints, start: Ints) -> None:
    """Of the given spans, those that have many parts get one; of a time that stands in several the newest counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT b.datastream_id, b.start FROM unnest(%s::bigint[], %s::bigint[]) AS t(s, at)
               JOIN sensing_block b ON b.world_id = %s AND b.datastream_id = t.s
                    AND b.start = timestamptz 'epoch' + t.at * interval '1 microsecond'
               GROUP BY 1, 2 HAVING count(*) >= %s""",
            [stream.tolist(), start.tolist(), world, PARTS],
        )
        many = cursor.fetchall()
    for place in range(0, len(many), 2000):
        _join_some(world, many[place : place + 2000])


def _join_some(world: uuid.UUID, spans: list[tuple[int, object]]) -> None:
    streams, starts = [s for s, _at in spans], [at for _s, at in spans]
    parts: dict[tuple[int, object], list[NDArray[np.void]]] = defaultdict(list)
    newest: dict[tuple[int, object], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM sensing_block b USING unnest(%s::bigint[], %s::timestamptz[]) AS t(s, at)
               WHERE b.world_id = %s AND b.datastream_id = t.s AND b.start = t.at
               RETURNING b.datastream_id, b.start, b.part, b.count, b.payload""",
            [streams, starts, world],
        )
        for pk, start, part, count, payload in sorted(cursor.fetchall(), key=lambda row: row[2]):
            parts[pk, start].append(unpack_records(payload, count, READING))
            newest[pk, start] = part
        with cursor.copy(
            "COPY sensing_block (world_id, datastream_id, start, part, count, payload) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(_COLUMNS)
            for (pk, start), pieces in parts.items():
                rows = once(pieces)
                copy.write_row((world, pk, start, newest[pk, start], len(rows), pack_records(rows)))


def once(pieces: Iterable[NDArray[np.void]]) -> NDArray[np.void]:
    """Readings of one datastream by time, the later piece winning."""
    rows = np.concatenate(list(pieces))
    rows = rows[np.argsort(rows["time"], kind="stable")]
    return np.asarray(rows[np.append(np.diff(rows["time"]) != 0, True)])
