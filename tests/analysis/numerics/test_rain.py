"""Windowed sums: a missing hour is not a dry hour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from anlan.analysis.numerics.rain import on_hourly_grid, reaches, window_sums

NAN = np.nan


def test_a_sum_covers_the_hours_up_to_and_including_its_own():
    sums = window_sums(np.array([1.0, 2.0, 4.0, 8.0]), (1, 3))
    assert sums[3].total.tolist() == [1.0, 3.0, 7.0, 14.0]
    assert sums[1].total.tolist() == [1.0, 2.0, 4.0, 8.0]
    assert np.allclose(sums[3].obtained, [1 / 3, 2 / 3, 1, 1])


def test_a_threshold_reached_with_hours_missing_is_reached_and_one_not_reached_is_undecided():
    sums = window_sums(np.array([[20.0, 30.0, NAN], [20.0, NAN, 20.0], [10.0, 10.0, 10.0]]), (3,))[3]
    assert reaches(sums, 50)[:, 2].tolist() == [1, -1, 0]
    assert sums.total[:, 2].tolist() == [50.0, 40.0, 30.0]
    assert np.allclose(sums.obtained[:, 2], [2 / 3, 2 / 3, 1])


def test_sums_of_tenths_reach_the_threshold_that_they_add_up_to():
    rain = np.array([0.1] * 700 + [16.7, 16.7, 16.6])
    assert reaches(window_sums(rain, (3,))[3], 50.0)[-1] == 1


def test_negative_or_infinite_rain_is_refused():
    for bad in (-0.1, np.inf):
        with pytest.raises(ValueError, match="rain"):
            window_sums(np.array([1.0, bad]))


@given(
    arrays.arrays(np.float64, st.integers(1, 60), elements=st.one_of(st.just(NAN), st.floats(0, 100, width=32))),
    st.sampled_from([1, 3, 6, 12, 24]),
)
def test_sums_agree_with_adding_up_by_hand_and_never_exceed_the_truth(rain, window):
    sums = window_sums(rain, (window,))[window]
    for hour in range(len(rain)):
        part = rain[max(0, hour - window + 1) : hour + 1]
        assert sums.total[hour] == pytest.approx(np.nansum(part), abs=1e-6)
        assert sums.obtained[hour] == pytest.approx(np.count_nonzero(~np.isnan(part)) / window)


def test_readings_fall_on_their_hours_and_an_hour_given_twice_is_refused():
    grid = on_hourly_grid(np.array([12, 10]), np.array([2.0, 1.0]), 10, 4)
    assert np.array_equal(grid, [1.0, NAN, 2.0, NAN], equal_nan=True)
    with pytest.raises(ValueError, match="twice"):
        on_hourly_grid(np.array([10, 10]), np.array([2.0, 1.0]), 10, 4)
    with pytest.raises(ValueError, match="outside"):
        on_hourly_grid(np.array([20]), np.array([2.0]), 10, 4)
