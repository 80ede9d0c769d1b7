"""Windows of many datastreams in memory: one ring of buckets for each, sums kept as they change. Pure numpy.

A bucket ends at a whole multiple of its length: a reading of 12:00 that closes an hour lies in the bucket that ends at
12:00. Amounts add up in their bucket; of a state the bucket keeps the last, the least and the greatest value.

Columns are the same three-valued intervals as everywhere (`numerics.verdicts.Column`): what is missing makes a sum a lower
bound. Values are kept in single precision; whoever compares them allows for that (`board.loosened`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..numerics.verdicts import Column
from .extremes import Extremes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Slots of the fine ring at most; longer windows are answered from whole hours.
MOST_SLOTS = 2048
HOUR_S = 3600
#: No bucket yet.
NEVER = np.int64(-(2**62))


class Ring:
    """Buckets of `step_s` seconds for `rows` datastreams over `slots` buckets.

    `amounts`: whether values add up. `sums`: windows (in buckets) whose running sum is kept. `exact`: whether
    one reading is expected a bucket. Memory: rows × slots × 5 bytes
    for amounts, × 12 for states.
    """

    def __init__(
        self, rows: int, step_s: int, slots: int, *, amounts: bool, sums: Sequence[int] = (), exact: bool = True
    ) -> None:
        self.step_s, self.slots, self.amounts, self.exact = step_s, slots, amounts, exact
        self.head = np.full(rows, NEVER)
        self.last = np.full(rows, np.nan)
        #: Time (s) of the newest reading; readings before it are late.
        self.newest = np.full(rows, NEVER)
        self.known = np.zeros((rows, slots), dtype=np.uint8)
        shape = (rows, slots)
        if amounts:
            self.total = np.zeros(shape, dtype=np.float32)
            self.windows = {w: np.zeros(rows) for w in sorted(set(sums))}
            self.counts = {w: np.zeros(rows, dtype=np.int32) for w in self.windows}
        else:
            self.least = np.full(shape, np.inf, dtype=np.float32)
            self.most = np.full(shape, -np.inf, dtype=np.float32)
            self.windows, self.counts = {}, {}
        #: Windows whose extremes were asked for, by their length in buckets.
        self.extremes: dict[int, Extremes] = {}

    def nbytes(self) -> int:
        """Bytes held."""
        held = [self.head, self.last, self.newest, self.known, *self.windows.values(), *self.counts.values()]
        held += [self.total] if self.amounts else [self.least, self.most]
        return sum(a.nbytes for a in held) + sum(e.nbytes() for e in self.extremes.values())

    def put(self, rows: Ints, times: Ints, values: Floats) -> None:
        """Take known readings in: each row at most once. `times` in seconds."""
        bucket = -(-times // self.step_s)
        fresh = self.head[rows] == NEVER
        if fresh.any():
            self.head[rows[fresh]] = bucket[fresh]
        self._advance(rows, bucket)
        inside = self.head[rows] - bucket < self.slots
        newer = times >= self.newest[rows]
        self.newest[rows[newer]], self.last[rows[newer]] = times[newer], values[newer]
        r, b, v = rows[inside], bucket[inside], values[inside].astype(np.float32)
        slot = b % self.slots
        before = self.known[r, slot].astype(np.int64)
        self.known[r, slot] = np.minimum(before + 1, 255)
        if not self.amounts:
            self.least[r, slot] = np.minimum(self.least[r, slot], v)
            self.most[r, slot] = np.maximum(self.most[r, slot], v)
            for window in self.extremes.values():
                window.put(r, b, v, self.head[r] - b, np.minimum(before + 1, 255) - before)
            return
        self.total[r, slot] += v
        age = self.head[r] - b
        for width, running in self.windows.items():
            here = age < width
            # What the ring holds is what leaves it later, so the running sums add the rounded value.
            running[r[here]] += v[here]
            self.counts[width][r[here]] += 1

    def _advance(self, rows: Ints, bucket: Ints) -> None:
        """Move the heads on to `bucket`; what falls out of a window leaves its sum."""
        ahead = bucket - self.head[rows]
        moving = ahead > 0
        if not moving.any():
            return
        r, n = rows[moving], ahead[moving]
        one = n == 1
        if one.any():
            self._step(r[one])
        for row, steps in zip(r[~one], n[~one], strict=True):
            self._jump(int(row), int(steps))

    def _step(self, rows: Ints) -> None:
        head = self.head[rows] + 1
        for width, running in self.windows.items():
            leaving = (head - width) % self.slots
            # A window as long as the ring loses what the new head overwrites.
            running[rows] -= self.total[rows, leaving]
            self.counts[width][rows] -= self.known[rows, leaving]
        for width, window in self.extremes.items():
            window.leave(rows, head, self.known[rows, (head - width) % self.slots].astype(np.int64))
        self._wipe(rows, head % self.slots)
        self.head[rows] = head

    def _jump(self, row: int, steps: int) -> None:
        """Several buckets at once (a gap): the sums are made anew, which also ends what rounding has gathered."""
        skipped = np.arange(self.head[row] + 1, self.head[row] + 1 + min(steps, self.slots)) % self.slots
        self._wipe(row, skipped)
        self.head[row] += steps
        self._resum(np.array([row]))
        for window in self.extremes.values():
            window.stale[row] = True

    def _wipe(self, rows: Ints | int, slots: Ints) -> None:
        self.known[rows, slots] = 0
        if self.amounts:
            self.total[rows, slots] = 0.0
        else:
            self.least[rows, slots] = np.inf
            self.most[rows, slots] = -np.inf

    def _resum(self, rows: Ints) -> None:
        for width, running in self.windows.items():
            at = self._slots_of(rows, width)
            running[rows] = self.total[rows[:, None], at].sum(axis=1, dtype=np.float64)
            self.counts[width][rows] = self.known[rows[:, None], at].sum(axis=1, dtype=np.int32)

    def _slots_of(self, rows: Ints, width: int) -> Ints:
        """Slots of the last `width` buckets, shape (rows, width)."""
        found: Ints = (self.head[rows][:, None] - np.arange(width)[None, :]) % self.slots
        return found

    def fill(self, row: int, times: Ints, values: Floats) -> None:
        """Lay a whole series of one row (times ascending, seconds) in place of what the ring held of it."""
        self.head[row] = self.newest[row] = NEVER
        self.last[row] = np.nan
        self._wipe(row, np.arange(self.slots))
        for width, running in self.windows.items():
            running[row] = self.counts[width][row] = 0
        for window in self.extremes.values():
            window.stale[row] = True
        if not len(times):
            return
        bucket = -(-times // self.step_s)
        head = int(bucket[-1])
        self.head[row], self.newest[row] = head, times[-1]
        self.last[row] = values[-1]
        kept = head - bucket < self.slots
        slot, v = bucket[kept] % self.slots, values[kept].astype(np.float32)
        counts = np.bincount(slot, minlength=self.slots)
        self.known[row] = np.minimum(counts, 255).astype(np.uint8)
        if self.amounts:
            self.total[row] = np.bincount(slot, weights=v, minlength=self.slots)
            self._resum(np.array([row]))
        else:
            np.minimum.at(self.least[row], slot, v)
            np.maximum.at(self.most[row], slot, v)

    # --- columns --------------------------------------------------------------------------------------------------

    def now(self, rows: Ints) -> Column:
        """The newest value."""
        return Column.exact(self.last[rows])

    def summed(self, rows: Ints, width: int, expected: Ints) -> Column:
        """Sums over the last `width` buckets; complete where `expected` readings came."""
        running, count = self.windows[width][rows], self.counts[width][rows]
        low = np.where(count > 0, running, np.nan)
        return Column(low, np.where(np.isnan(low), np.nan, np.where(count >= expected, running, np.inf)))

    def bounds(self, rows: Ints, width: int) -> tuple[Floats, Floats, Ints]:
        """Least and greatest of the last `width` buckets and how many readings they hold; ±inf where there is none."""
        width = min(width, self.slots)
        if not self.amounts:
            if width not in self.extremes:
                self.extremes[width] = Extremes(len(self.head), width)
            window = self.extremes[width]
            window.look(rows, self.head, self.least, self.most, self.known)
            return window.least[rows].astype(float), window.most[rows].astype(float), window.count[rows]
        at = self._slots_of(rows, width)
        r = rows[:, None]
        count = self.known[r, at].sum(axis=1, dtype=np.int64)
        total = np.where(self.known[r, at] > 0, self.total[r, at], np.nan).astype(np.float64)
        least = np.where(np.isnan(total), np.inf, total).min(axis=1)
        most = np.where(np.isnan(total), -np.inf, total).max(axis=1)
        return least, most, count
