"""Least and greatest of the newest buckets of many rows, kept as they change: looked through anew only where an extreme has left.

For each row it is known in which bucket its extreme was met last. While that bucket is inside the window, whatever leaves changes
nothing, so a level that stands still costs as little as one that moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Single = NDArray[np.float32]
#: The bucket of an extreme where there is none: it never leaves.
NOWHERE = np.int64(2**62)
#: Rows that are looked through together: so that a long window of many rows takes little memory.
TOGETHER = 2_000


class Extremes:
    """Of one window of `width` buckets. New ones know nothing: every row is looked through when it is asked for."""

    def __init__(self, rows: int, width: int) -> None:
        self.width = width
        self.least, self.most = np.full(rows, np.inf, np.float32), np.full(rows, -np.inf, np.float32)
        self.least_at, self.most_at = np.full(rows, NOWHERE), np.full(rows, NOWHERE)
        self.count = np.zeros(rows, np.int64)
        self.stale = np.ones(rows, bool)

    def nbytes(self) -> int:
        held: list[NDArray[Any]] = [self.least, self.most, self.least_at, self.most_at, self.count, self.stale]
        return sum(a.nbytes for a in held)

    def put(self, rows: Ints, buckets: Ints, values: Single, ages: Ints, more: Ints) -> None:
        """Readings came (each row at most once): their buckets, how old these are, by how many their buckets' counts grew."""
        here = ages < self.width
        r, b, v = rows[here], buckets[here], values[here]
        self.count[r] += more[here]
        for extreme, at, beyond in (
            (self.least, self.least_at, v < self.least[r]), (self.most, self.most_at, v > self.most[r]),
        ):  # fmt: skip
            again = (v == extreme[r]) & (b > at[r])
            new = beyond | again
            extreme[r[new]], at[r[new]] = v[new], b[new]

    def leave(self, rows: Ints, heads: Ints, gone: Ints) -> None:
        """The heads of these rows moved on by one: `gone` readings left each window."""
        self.count[rows] -= gone
        first = heads - self.width
        self.stale[rows] |= (self.least_at[rows] <= first) | (self.most_at[rows] <= first)

    def look(self, rows: Ints, heads: Ints, least: Single, most: Single, known: NDArray[np.uint8]) -> None:
        """Look the stale among `rows` through. `heads` and the buckets (`least`, `most`, `known`) are of all rows."""
        stale = rows[self.stale[rows]]
        slots = known.shape[1]
        for at in range(0, len(stale), TOGETHER):
            r = stale[at : at + TOGETHER]
            # Newest first, so that of equal extremes the newest is found.
            place = (heads[r][:, None] - np.arange(self.width)[None, :]) % slots
            lows, highs = least[r[:, None], place], most[r[:, None], place]
            low, high = lows.argmin(axis=1), highs.argmax(axis=1)
            n = np.arange(len(r))
            self.least[r], self.most[r] = lows[n, low], highs[n, high]
            self.count[r] = known[r[:, None], place].sum(axis=1, dtype=np.int64)
            none = self.count[r] == 0
            self.least_at[r] = np.where(none, NOWHERE, heads[r] - low)
            self.most_at[r] = np.where(none, NOWHERE, heads[r] - high)
        self.stale[stale] = False
