"""What is asked of the readings in a window: sums, extremes, means, rises, falls, how much was obtained. Any step, with gaps.

A figure is an interval ``low..high``. What is missing widens it instead of being taken for nothing: a sum of amounts is
known from below, a greatest value too, a least value from above. Whether something is missing is counted by the interval
at which readings are expected, each expected one once however many came for it.

Times are seconds since 1970 UTC (float64) and end the period that a reading stands for. A window of W seconds at t holds
the readings in ``(t - W, t]``; a rise or fall compares with the reading at its beginning too, so it holds ``[t - W, t]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .verdicts import Column

MEAN_NEEDS = 0.9
"""Share of the expected readings from which on a mean counts as known."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Course:
    """One property at one station: `times` (n,) s, strictly rising; `values` (n,), NaN where known to be missing.

    `interval_s`: a reading is expected so often (s); 0 when none is expected, then nothing is ever complete.
    """

    times: Floats
    values: Floats
    interval_s: float = 3600.0

    def known(self) -> Course:
        """Without what is known to be missing."""
        there = ~np.isnan(self.values)
        return self if there.all() else Course(self.times[there], self.values[there], self.interval_s)


def interval_of(times: Floats, usual_s: float) -> float:
    """The step (s) that occurs most often between readings (the shorter one of two as frequent); `usual_s` for one reading."""
    if times.size < 2:
        return usual_s
    steps, counts = np.unique(np.round(np.diff(times)), return_counts=True)
    return max(1.0, float(steps[np.argmax(counts)]))


AMOUNT_STEPS_S = (3600.0, 1800.0, 1200.0, 900.0, 600.0, 360.0, 300.0, 120.0, 60.0)


def interval_of_amounts(times: Floats) -> float:
    """The step (s) of amounts: the longest of the usual ones, an hour at most, on whose whole multiples more than two thirds of the
    times lie; a minute where none fits. A gap is no longer step, and a single stray reading no shorter one."""
    for step in AMOUNT_STEPS_S:
        if times.size and np.count_nonzero(times % step == 0) * 3 > 2 * times.size:
            return step
    return AMOUNT_STEPS_S[-1] if times.size else AMOUNT_STEPS_S[0]


def column(course: Course, fn: str, window_s: float, at: Floats | None = None) -> Column:
    """The figure `fn` over `window_s` (s) at each of the times `at` (default: the course's own).

    `fn` as in `kernel.grammar`: sum, max, min, mean, rise, fall, held, held_below, obtained, silence, or "" for the value.
    A figure of which nothing was obtained is NaN..NaN. Raises ValueError for a function that does not exist.
    """
    at = course.times if at is None else at
    known = course.known()
    if fn == "silence":
        return Column.exact(_silence(known, at))
    if fn == "":
        return Column.exact(_values_at(known, at))
    closed = fn in ("rise", "fall")
    window = _Window(known, window_s, at, closed)
    made = _FIGURES.get(fn)
    if made is None:
        raise ValueError(f"there is no function {fn!r}")
    column: Column = made(known, window)
    return column


class _Window:
    """Which known readings lie in the window at each time, and whether all the expected ones came."""

    __slots__ = ("at", "empty", "expected", "hi", "lo", "obtained", "whole")

    def __init__(self, known: Course, window_s: float, at: Floats, closed: bool) -> None:
        self.at = at
        self.lo = np.searchsorted(known.times, at - window_s, side="left" if closed else "right")
        self.hi = np.searchsorted(known.times, at, side="right")
        self.empty = self.hi <= self.lo
        self.expected = expected_in(window_s, known.interval_s) + (1 if closed else 0)
        self.obtained = _distinct(known, self.lo, self.hi)
        self.whole = ~self.empty & (self.obtained >= self.expected)

    def bounded(self, low: Floats, high: Floats) -> Column:
        """The interval where something was obtained, NaN elsewhere."""
        return Column(np.where(self.empty, np.nan, low), np.where(self.empty, np.nan, high))


def expected_in(window_s: float, interval_s: float) -> float:
    """How many readings are expected in a window; infinite where none is expected or the window is shorter than the step."""
    if interval_s <= 0 or window_s < interval_s * (1 - 1e-9):
        return float("inf")
    return float(np.floor(window_s / interval_s + 1e-6))


def _distinct(known: Course, lo: Indices, hi: Indices) -> Floats:
    """How many expected readings are answered in each window."""
    if not known.times.size or known.interval_s <= 0:
        return (hi - lo).astype(np.float64)
    slots = np.round((known.times - known.times[-1]) / known.interval_s)
    new = np.concatenate([[1], (np.diff(slots) > 0).astype(np.int64)])
    rank = np.cumsum(new)
    last, first = rank[np.maximum(hi - 1, 0)], rank[np.minimum(lo, rank.size - 1)]
    return np.where(hi > lo, last - first + 1, 0).astype(np.float64)


def _values_at(known: Course, at: Floats) -> Floats:
    where = np.searchsorted(known.times, at, side="left")
    inside = np.minimum(where, max(0, known.times.size - 1))
    if not known.times.size:
        return np.full(at.shape, np.nan)
    return np.where((where < known.times.size) & (known.times[inside] == at), known.values[inside], np.nan)


def _silence(known: Course, at: Floats) -> Floats:
    """Minutes since the next reading after the last one was due; NaN before the first one and where none is expected."""
    before = np.searchsorted(known.times, at, side="right") - 1
    if not known.times.size or known.interval_s <= 0:
        return np.full(at.shape, np.nan)
    late = (at - known.times[np.maximum(before, 0)] - known.interval_s) / 60
    return np.where(before < 0, np.nan, np.maximum(late, 0.0))


def _sum(known: Course, window: _Window) -> Column:
    running = np.concatenate([[0.0], np.cumsum(known.values)])
    # 1e-9: a difference of long sums may fall short of a threshold that the single readings reach exactly
    total = np.round(running[window.hi] - running[window.lo], 9)
    if known.values.size and known.values.min() >= 0:
        return window.bounded(np.maximum(total, 0.0), np.where(window.whole, np.maximum(total, 0.0), np.inf))
    return window.bounded(np.where(window.whole, total, np.nan), np.where(window.whole, total, np.nan))


def _most(known: Course, window: _Window) -> Column:
    most = _extremes(known.values, window, np.maximum)
    return window.bounded(most, np.where(window.whole, most, np.inf))


def _least(known: Course, window: _Window) -> Column:
    least = _extremes(known.values, window, np.minimum)
    return window.bounded(np.where(window.whole, least, -np.inf), least)


def _mean(known: Course, window: _Window) -> Column:
    running = np.concatenate([[0.0], np.cumsum(known.values)])
    count = np.maximum(window.hi - window.lo, 1)
    mean = np.round((running[window.hi] - running[window.lo]) / count, 9)
    enough = window.obtained >= MEAN_NEEDS * window.expected
    return Column.exact(np.where(enough & ~window.empty, mean, np.nan))


def _rise(known: Course, window: _Window) -> Column:
    risen = np.round(_values_at(known, window.at) - _extremes(known.values, window, np.minimum), 9)
    return window.bounded(risen, np.where(window.whole | np.isnan(risen), risen, np.inf))


def _fall(known: Course, window: _Window) -> Column:
    fallen = np.round(_extremes(known.values, window, np.maximum) - _values_at(known, window.at), 9)
    return window.bounded(fallen, np.where(window.whole | np.isnan(fallen), fallen, np.inf))


def _obtained(known: Course, window: _Window) -> Column:
    if not np.isfinite(window.expected):
        return Column.exact(np.full(window.at.shape, np.nan))
    return Column.exact(np.minimum(100.0, 100.0 * window.obtained / window.expected))


def _extremes(values: Floats, window: _Window, pick: Any) -> Floats:
    """Greatest or least value of each window, by halves: the spans of 2^k readings are made once and two of them joined."""
    out = np.full(window.at.shape, np.nan)
    length = window.hi - window.lo
    order = np.where(length > 0, np.frexp(length.astype(np.float64))[1] - 1, -1)
    spans = values
    for k in range(int(order.max(initial=-1)) + 1):
        here = np.nonzero(order == k)[0]
        out[here] = pick(spans[window.lo[here]], spans[window.hi[here] - (1 << k)])
        spans = pick(spans[: -(1 << k)], spans[1 << k :])
    return out


_FIGURES: dict[str, Any] = {
    "sum": _sum, "max": _most, "min": _least, "mean": _mean, "rise": _rise, "fall": _fall, "held": _least,
    "held_below": _most, "obtained": _obtained,
}  # fmt: skip
