"""Extremes of the local day and how many days in a row something was reached. Days are those of UTC+8."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .verdicts import Column
from .windows import Course, Floats

OFFSET_S = 8 * 3600
DAY_S = 86400

Ints = NDArray[np.int64]


def local_days(times: Floats) -> Ints:
    """The local day (days since 1970) that each reading belongs to; one that ends at midnight belongs to the day before."""
    return (np.ceil((times + OFFSET_S) / DAY_S) - 1).astype(np.int64)


def day_extremes(known: Course, pick: Any) -> Floats:
    """The extreme of the local day up to each reading; `pick` is ``np.fmax`` or ``np.fmin``. No value may be NaN."""
    out = np.empty_like(known.values)
    for first, last in _runs(local_days(known.times)):
        out[first:last] = pick.accumulate(known.values[first:last])
    return out


def days_held(known: Course, days: int, op: str) -> Column:
    """What every one of the last `days` local days reached, up to each reading, the running day so far included.

    For ``>= >`` the least of the days' greatest values, for ``<= <`` the greatest of their least ones. A day without a
    reading leaves it open: it may be worse than what is known, never better.
    """
    above = op in (">=", ">")
    course = day_extremes(known, np.fmax if above else np.fmin)
    local = local_days(known.times)
    runs = _runs(local)
    ends = {int(local[last - 1]): float(course[last - 1]) for _first, last in runs}
    pick = min if above else max
    low, high = np.empty_like(course), np.empty_like(course)
    for first, last in runs:
        day = int(local[first])
        before = [ends[d] for d in range(day - days + 1, day) if d in ends]
        figure = course[first:last]
        if before:
            figure = (np.minimum if above else np.maximum)(figure, pick(before))
        whole = len(before) == days - 1
        low[first:last] = figure if whole or not above else -np.inf
        high[first:last] = figure if whole or above else np.inf
    return Column(low, high)


def _runs(days: Ints) -> list[tuple[int, int]]:
    """Begin and end of each run of equal days."""
    if not days.size:
        return []
    cuts = np.flatnonzero(np.diff(days)) + 1
    bounds = np.concatenate([[0], cuts, [days.size]])
    return [(int(a), int(b)) for a, b in pairwise(bounds)]
