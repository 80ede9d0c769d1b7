"""What was measured in an hour: figures per datastream and hour that can be joined. Pure functions on arrays.

An instant `t` belongs to the hour that ends at ``ceil(t)``: a reading at 12:00 closes the hour from 11 to 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .packing import CELL, HOUR_US, Bytes, Floats, Ints


@dataclass(frozen=True, slots=True)
class Cells:
    """Sorted by hour, then datastream; each pair once.

    `came`: readings that arrived; `known`: of these with a value; `total`, `least`, `most` of the known ones (inf, -inf for
    none); `last`, `last_us`: the newest. `anew`: 1 replaces what was known of the pair before, 0 adds to it.
    """

    hour_us: Ints
    stream: Ints
    came: Ints
    known: Ints
    total: Floats
    least: Floats
    most: Floats
    last: Floats
    last_us: Ints
    anew: Bytes

    def __len__(self) -> int:
        return len(self.stream)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Cells:
        return Cells(*(getattr(self, f.name)[chosen] for f in fields(self)))

    @property
    def mean(self) -> Floats:
        """Of the known values; NaN for none."""
        return np.divide(self.total, self.known, out=np.full(len(self), np.nan), where=self.known > 0)


def no_cells() -> Cells:
    ints, floats = np.empty(0, np.int64), np.empty(0)
    return Cells(ints, ints, ints, ints, floats, floats, floats, floats, ints, np.empty(0, np.uint8))


def hour_of(time_us: Ints) -> Ints:
    """The end of the hour of each instant."""
    return np.asarray(-(-time_us // HOUR_US) * HOUR_US, np.int64)


def cells_of(stream: Ints, time_us: Ints, value: Floats, *, anew: bool = False) -> Cells:
    """The cells of readings (any order; each time of a datastream once)."""
    if not len(stream):
        return no_cells()
    hour = hour_of(time_us)
    order = np.lexsort((time_us, stream, hour))
    stream, time_us, value, hour = stream[order].astype(np.int64), time_us[order], value[order], hour[order]
    begins = _begins(hour, stream)
    ends = np.append(begins[1:], len(stream)) - 1
    known = ~np.isnan(value)
    return Cells(
        hour[begins], stream[begins], ends - begins + 1, np.add.reduceat(known.astype(np.int64), begins),
        np.add.reduceat(np.where(known, value, 0.0), begins), np.minimum.reduceat(np.where(known, value, np.inf), begins),
        np.maximum.reduceat(np.where(known, value, -np.inf), begins), value[ends], time_us[ends],
        np.full(len(begins), int(anew), np.uint8),
    )  # fmt: skip


def join(parts: Sequence[Cells]) -> Cells:
    """One cell per hour and datastream out of several, the older parts first."""
    parts = [p for p in parts if len(p)]
    if len(parts) < 2:
        return parts[0] if parts else no_cells()
    every = Cells(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Cells)))
    every = every.where(np.lexsort((every.stream, every.hour_us)))
    begins = _begins(every.hour_us, every.stream)
    if len(begins) == len(every):
        return every
    place = np.arange(len(every))
    if every.anew.any():
        # Of each pair only what came after the last cell that starts it anew.
        first = np.maximum.reduceat(np.where(every.anew > 0, place, -1), begins)
        group = np.cumsum(np.isin(place, begins)) - 1
        every = every.where(place >= first[group])
        begins = _begins(every.hour_us, every.stream)
    newest = _newest(every, begins)
    return Cells(
        every.hour_us[begins], every.stream[begins], np.add.reduceat(every.came, begins), np.add.reduceat(every.known, begins),
        np.add.reduceat(every.total, begins), np.minimum.reduceat(every.least, begins), np.maximum.reduceat(every.most, begins),
        every.last[newest], every.last_us[newest], np.maximum.reduceat(every.anew, begins),
    )  # fmt: skip


def _newest(cells: Cells, begins: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of the newest reading of each pair."""
    group = np.zeros(len(cells), np.int64)
    group[begins] = 1
    order = np.lexsort((cells.last_us, np.cumsum(group)))
    return order[np.append(begins[1:], len(cells)) - 1]


def _begins(hour: Ints, stream: Ints) -> NDArray[np.intp]:
    changed = (np.diff(hour) != 0) | (np.diff(stream) != 0)
    return np.concatenate(([0], np.flatnonzero(changed) + 1))


def records_of(cells: Cells, key: Ints) -> NDArray[np.void]:
    """The cells as records of `CELL`, named by `key`."""
    rows = np.empty(len(cells), CELL)
    rows["key"] = key
    for name in ("came", "known", "total", "least", "most", "last", "last_us", "anew"):
        rows[name] = getattr(cells, name)
    return rows


def cells_from(rows: NDArray[np.void], *, hour_us: Ints, stream: Ints) -> Cells:
    """The cells of records; one of `hour_us` and `stream` is the records' own key."""
    return Cells(
        hour_us, stream, rows["came"].astype(np.int64), rows["known"].astype(np.int64), rows["total"], rows["least"], rows["most"],
        rows["last"], rows["last_us"], rows["anew"],
    )  # fmt: skip
