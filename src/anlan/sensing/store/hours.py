"""Hours of single datastreams: the series that stays when single readings are thinned out.

A month of a datastream is held either reading by reading or by the hour, so the two never count a reading twice. An hour over the
end of a month has a cell in both months, each with its own readings.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import numpy as np
from django.db import connection, transaction

from ..models import HourBlock
from .blocks import span_of
from .cells import Cells, cells_from, cells_of, join, records_of
from .journal import lock
from .packing import CELL, HOUR_US, micros, moment, pack_records, unpack_records
from .reading import read_blocks, read_flat

#: Datastreams that are taken on together.
_SOME = 200


def hours_of(world: uuid.UUID, stream: int, since: datetime, until: datetime) -> Cells:
    """The hours of a datastream that end after `since` and not after `until`."""
    low, high = micros(since) // HOUR_US * HOUR_US, micros(until) // HOUR_US * HOUR_US
    single = read_flat(world, [stream], low, high)
    kept = kept_hours(world, [stream], since, until).get(stream)
    parts = [cells_of(single.stream, single.time_us, single.value)]
    return join([kept, *parts] if kept is not None else parts)


def kept_hours(world: uuid.UUID, streams: Iterable[int], since: datetime, until: datetime) -> dict[int, Cells]:
    """Only what stands in hour blocks."""
    low, high = micros(since), micros(until)
    parts: dict[int, list[Cells]] = defaultdict(list)
    for (pk, _start), cells in _blocks(world, streams, month_of(low - HOUR_US), high).items():
        inside = (cells.hour_us > low) & (cells.hour_us <= high)
        if inside.any():
            parts[pk].append(cells.where(inside))
    return {pk: join(pieces) for pk, pieces in parts.items()}


@transaction.atomic
def thin(world: uuid.UUID, streams: Iterable[int], before: datetime) -> int:
    """Keep only the hours of the UTC months that end by `before`; returns how many readings went.

    Hours and readings change in one transaction, and not while the journal is folded.
    """
    lock(world, folding=True)
    high = month_of(micros(before))
    own, gone = sorted(streams), 0
    for place in range(0, len(own), _SOME):
        some = own[place : place + _SOME]
        flat = read_blocks(world, some, None, high - 1)
        if not len(flat):
            continue
        month = span_of(flat.time_us, np.zeros(len(flat), bool))
        kept = _blocks(world, some, int(month.min()), high - 1)
        for start in np.unique(month).tolist():
            now = month == start
            cells = cells_of(flat.stream[now], flat.time_us[now], flat.value[now])
            for pk in np.unique(cells.stream).tolist():
                before_now = kept.get((pk, start))
                own_cells = cells.where(cells.stream == pk)
                _write(world, pk, start, join([before_now, own_cells] if before_now is not None else [own_cells]))
        gone += len(flat)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM sensing_block WHERE world_id = %s AND datastream_id = ANY(%s) AND start < %s",
                [world, some, moment(high)],
            )
    return gone


def _blocks(world: uuid.UUID, streams: Iterable[int], low: int, high: int) -> dict[tuple[int, int], Cells]:
    """Hour blocks of the months that begin in ``low <= start <= high``, by datastream and month."""
    rows = HourBlock.objects.filter(
        world_id=world, datastream__in=list(streams), start__gte=moment(low), start__lte=moment(high)
    )
    found = {}
    for pk, start, count, payload in rows.values_list("datastream_id", "start", "count", "payload"):
        records = unpack_records(payload, count, CELL)
        hours, stream = records["key"].astype(np.int64), np.full(count, pk, np.int64)
        found[pk, micros(start)] = cells_from(records, hour_us=hours, stream=stream)
    return found


def _write(world: uuid.UUID, stream: int, start: int, cells: Cells) -> None:
    HourBlock.objects.filter(world_id=world, datastream_id=stream, start=moment(start)).delete()
    HourBlock.objects.create(
        world_id=world, datastream_id=stream, start=moment(start), count=len(cells),
        payload=pack_records(records_of(cells, cells.hour_us)),
    )  # fmt: skip


def month_of(us: int) -> int:
    """The start of the UTC month of an instant."""
    month = np.datetime64(us, "us").astype("datetime64[M]")
    return int(month.astype("datetime64[us]").astype(np.int64))
