"""How much of the store is in memory at a time while windows are filled."""

from __future__ import annotations

from anlan.analysis.watching.building import READINGS_TOGETHER, TOGETHER, _parts


def test_hourly_datastreams_are_read_many_at_a_time_and_frequent_ones_few():
    hourly = list(_parts(range(1200), dict.fromkeys(range(1200), 744.0)))
    assert [len(part) for part in hourly] == [500, 500, 200]
    frequent = list(_parts(range(100), dict.fromkeys(range(100), 8928.0)))
    assert all(len(part) * 8928 <= READINGS_TOGETHER for part in frequent)
    assert [pk for part in frequent for pk in part] == list(range(100))


def test_one_that_holds_more_than_all_that_is_read_together_is_read_alone():
    assert list(_parts([1, 2, 3], {1: 1.0, 2: 2.0 * READINGS_TOGETHER, 3: 1.0})) == [[1], [2], [3]]
    assert list(_parts([], {})) == []
    assert max(len(part) for part in _parts(range(3000), dict.fromkeys(range(3000), 0.0))) == TOGETHER
