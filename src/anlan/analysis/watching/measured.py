"""One figure of some datastreams from the windows of their ring, as intervals that may be too wide and never too narrow."""

from __future__ import annotations

import numpy as np

from ..numerics.verdicts import Column
from .buckets import width_of
from .measures import Measure
from .rings import Ints, Ring


def measured(ring: Ring, rows: Ints, measure: Measure, interval_s: int) -> Column:
    """One figure of some rows as intervals. `interval_s`: seconds between expected readings."""
    if measure.fn == "value":
        return ring.now(rows)
    width = width_of(measure.seconds, ring.step_s)
    if measure.fn in ("rise", "fall"):
        # They compare with the reading at the beginning of the window too.
        width += 1
    if not ring.exact:
        return _widest(ring, rows, measure.fn, width)
    expected = np.full(len(rows), max(1, round(measure.seconds / interval_s)), dtype=np.int64)
    if measure.fn == "sum":
        return ring.summed(rows, width, expected)
    least, most, count = ring.bounds(rows, width)
    none = count == 0
    whole = count >= expected
    # A window that is no multiple of a bucket was widened: what it holds beyond its beginning may only loosen.
    exact = whole & (width * ring.step_s == measure.seconds)
    match measure.fn:
        case "max":
            low, high = most, np.where(exact, most, np.inf)
        case "min":
            low, high = np.where(exact, least, -np.inf), least
        case "rise":
            low = high = ring.last[rows] - least
            high = np.where(exact, high, np.inf)
        case "fall":
            low = high = most - ring.last[rows]
            high = np.where(exact, high, np.inf)
        case "held_above":
            # True at the earliest when all came; the gate looks as soon as nothing known speaks against it.
            low = high = least
        case "held_below":
            low = high = most
        case "mean":
            low, high = least, most
            low, high = np.where(none, np.nan, most), np.where(none, np.nan, least)
        case _:
            return Column(np.full(len(rows), np.nan), np.full(len(rows), np.nan))
    return Column(np.where(none, np.nan, low), np.where(none, np.nan, high))


def _widest(ring: Ring, rows: Ints, fn: str, width: int) -> Column:
    """A figure where buckets do not tell its window or how many readings it wants: so that whatever could hold does.

    The window lies between the newest `width` buckets and one more; it counts as complete.
    """
    if fn == "sum":
        low, high = ring.summed(rows, width + 1, np.ones(len(rows), dtype=np.int64)).low, ring.windows[width][rows]
        return Column(low, np.where(np.isnan(low), np.nan, high))
    least, most, count = ring.bounds(rows, width + 1)
    inner_least, inner_most, _count = ring.bounds(rows, width)
    newest = ring.last[rows]
    ends = {
        "max": (most, inner_most), "min": (inner_least, least), "rise": (newest - least, newest - inner_least),
        "fall": (most - newest, inner_most - newest), "held_above": (inner_least, inner_least),
        "held_below": (inner_most, inner_most), "mean": (most, least),
    }  # fmt: skip
    nothing = np.full(len(rows), np.nan)
    low, high = ends.get(fn, (nothing, nothing))
    return Column(np.where(count == 0, np.nan, low), np.where(count == 0, np.nan, high))
