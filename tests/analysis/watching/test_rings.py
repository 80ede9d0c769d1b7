"""What the rings hold is what the readings say: sums, extremes, heads and gaps, in whatever order readings come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anlan.analysis.watching.rings import Ring

HOUR = 3600
START = 1_468_886_400 // HOUR * HOUR

readings = st.dictionaries(st.integers(0, 120), st.integers(0, 800).map(lambda v: v / 10), min_size=1, max_size=60)


def _naive(known: dict[int, float], width: int) -> tuple[float, int]:
    head = max(known)
    inside = [v for hour, v in known.items() if head - width < hour <= head]
    return sum(inside), len(inside)


@given(readings, st.randoms())
def test_sums_are_those_of_the_readings_in_whatever_order_they_come(known, random):
    ring = Ring(3, HOUR, 40, amounts=True, sums=[1, 6, 24])
    order = list(known)
    random.shuffle(order)
    newest = -1
    kept = {}
    for hour in order:
        newest = max(newest, hour)
        ring.put(np.array([1]), np.array([START + hour * HOUR]), np.array([known[hour]]))
        kept[hour] = known[hour]
    # What was already out of the ring when it came is not in it: the longest window is shorter than the ring.
    for width in (1, 6, 24):
        total, count = _naive(kept, width)
        found = ring.summed(np.array([1]), width, np.array([width]))
        assert ring.counts[width][1] == count
        assert np.isclose(found.low[0], total, atol=1e-3) if count else np.isnan(found.low[0])
        assert np.isinf(found.high[0]) == (0 < count < width)
    assert ring.newest[1] == START + newest * HOUR
    assert ring.last[1] == known[newest]
    assert ring.known[0].sum() == ring.known[2].sum() == 0


@given(readings)
def test_a_ring_that_is_filled_at_once_equals_one_that_was_fed(known):
    fed, filled = (Ring(1, HOUR, 40, amounts=True, sums=[3, 24]) for _ in range(2))
    hours = sorted(known)
    for hour in hours:
        fed.put(np.array([0]), np.array([START + hour * HOUR]), np.array([known[hour]]))
    filled.fill(0, np.array([START + h * HOUR for h in hours]), np.array([known[h] for h in hours]))
    assert fed.head[0] == filled.head[0]
    for width in (3, 24):
        assert fed.counts[width][0] == filled.counts[width][0]
        assert np.isclose(fed.windows[width][0], filled.windows[width][0], atol=1e-3)


@given(readings)
def test_extremes_of_a_state_are_those_of_its_window(known):
    ring = Ring(1, 300, 50, amounts=False)
    for minute in sorted(known):
        ring.put(np.array([0]), np.array([START + minute * 300]), np.array([known[minute]]))
    least, most, count = ring.bounds(np.array([0]), 12)
    inside = [v for m, v in known.items() if max(known) - 12 < m <= max(known)]
    assert count[0] == len(inside)
    assert np.isclose(least[0], min(inside), atol=1e-4)
    assert np.isclose(most[0], max(inside), atol=1e-4)
