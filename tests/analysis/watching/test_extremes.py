"""Extremes that are kept as readings come are those that looking through the window finds, whenever one asks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anlan.analysis.watching.rings import Ring

STEP = 60
START = 1_468_886_400 // STEP * STEP
ROWS, SLOTS, WIDTHS = 3, 12, (1, 5, 12)
#: (row, minutes after the start, value): late ones, gaps, several a bucket, the same value again and again.
readings = st.lists(
    st.tuples(st.integers(0, ROWS - 1), st.integers(0, 60), st.integers(-2, 2)), min_size=1, max_size=60
)


def looked_through(taken, row, width):
    """Least, greatest and number of the readings of a row in its newest `width` buckets, as far as they were inside when they came."""
    head = max((at for r, at, _v, _inside in taken if r == row), default=None)
    inside = [v for r, at, v, kept in taken if r == row and kept and head - width < at <= head]
    return (min(inside, default=np.inf), max(inside, default=-np.inf), len(inside))


@given(readings)
def test_extremes_are_those_of_the_window_after_every_reading(given_readings):
    ring, taken = Ring(ROWS, STEP, SLOTS, amounts=False), []
    heads = {}
    for row, at, value in given_readings:
        ring.put(np.array([row]), np.array([START + at * STEP]), np.array([float(value)]))
        heads[row] = max(heads.get(row, at), at)
        taken.append((row, at, value, heads[row] - at < SLOTS))
        for width in WIDTHS:
            least, most, count = ring.bounds(np.arange(ROWS), width)
            found = list(zip(least.tolist(), most.tolist(), count.tolist(), strict=True))
            assert found == [looked_through(taken, r, width) for r in range(ROWS)]


def test_a_level_that_stands_still_is_not_looked_through_again():
    ring = Ring(1, STEP, 100, amounts=False)
    row = np.array([0])
    for minute in range(200):
        ring.put(row, np.array([START + minute * STEP]), np.array([3.0]))
        ring.bounds(row, 60)
        assert not ring.extremes[60].stale.any()
    # One that falls from its greatest value is: once, when that leaves.
    stale = 0
    ring.put(row, np.array([START + 200 * STEP]), np.array([9.0]))
    for minute in range(201, 320):
        ring.put(row, np.array([START + minute * STEP]), np.array([3.0]))
        stale += int(ring.extremes[60].stale.any())
        ring.bounds(row, 60)
    assert stale == 1
