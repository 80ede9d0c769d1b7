"""Figures of windows: as counted by hand, whatever the step, and never surer than what was obtained."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.analysis.numerics.beaufort import beaufort
from anlan.analysis.numerics.days import day_extremes, days_held, local_days
from anlan.analysis.numerics.windows import Course, column, interval_of, interval_of_amounts

NAN = math.nan
HOUR = 3600.0


def course(*values, step=HOUR, start=0.0):
    times = start + step * np.arange(len(values), dtype=float)
    return Course(times, np.array(values, dtype=float), step)


def pairs(found):
    return [(float(a), float(b)) for a, b in zip(found.low, found.high, strict=True)]


def by_hand(series, fn, window):
    """The same figures, one window after the other."""
    closed = fn in ("rise", "fall")
    found = []
    for t in series.times:
        inside = [
            (at, v) for at, v in zip(series.times, series.values, strict=True)
            if (t - window <= at if closed else t - window < at) and at <= t and not math.isnan(v)
        ]  # fmt: skip
        values = [v for _, v in inside]
        wanted = math.inf if window < series.interval_s else math.floor(window / series.interval_s) + closed
        slots = {round((at - series.times[-1]) / series.interval_s) for at, _ in inside}
        whole = len(slots) >= wanted
        now = dict(inside).get(t, NAN)
        if fn == "obtained":
            share = NAN if wanted == math.inf else min(100.0, 100.0 * len(slots) / wanted)
            found.append((share, share))
        elif not values:
            found.append((NAN, NAN))
        elif fn == "mean":
            mean = sum(values) / len(values) if len(slots) >= 0.9 * wanted else NAN
            found.append((mean, mean))
        else:
            figure = {
                "sum": sum(values), "max": max(values), "held_below": max(values), "min": min(values), "held": min(values),
                "rise": now - min(values), "fall": max(values) - now,
            }[fn]  # fmt: skip
            low_open = fn in ("min", "held") and not whole
            high_open = fn not in ("min", "held") and not whole and not math.isnan(figure)
            found.append((-math.inf if low_open else figure, math.inf if high_open else figure))
    return found


@given(
    st.lists(st.one_of(st.just(NAN), st.integers(0, 500).map(lambda v: v / 10)), min_size=1, max_size=30),
    st.lists(st.booleans(), min_size=30, max_size=30),
    st.sampled_from([300.0, 600.0, HOUR, 3 * HOUR]),
    st.sampled_from([300.0, HOUR, 3 * HOUR, 24 * HOUR]),
    st.sampled_from(["sum", "max", "min", "mean", "rise", "fall", "held", "held_below", "obtained"]),
)
def test_figures_agree_with_counting_by_hand_on_any_step_and_with_any_gap(values, kept, step, window, fn):
    whole = course(*values, step=step)
    keep = np.array(kept[: len(values)]) | (np.arange(len(values)) == len(values) - 1)
    series = Course(whole.times[keep], whole.values[keep], step)
    if np.isnan(series.values[-1]):  # slots are counted from the newest known reading
        series = Course(series.times, np.where(np.isnan(series.values), 0.5, series.values), step)
    for got, wanted in zip(pairs(column(series, fn, window)), by_hand(series, fn, window), strict=True):
        assert got == pytest.approx(wanted, abs=1e-6, nan_ok=True)


def test_a_sum_with_a_gap_is_known_from_below_and_a_least_value_from_above():
    series = course(10, NAN, 20)
    assert pairs(column(series, "sum", 3 * HOUR))[2] == (30, math.inf)
    assert pairs(column(series, "min", 3 * HOUR))[2] == (-math.inf, 10)
    assert pairs(column(series, "max", 3 * HOUR))[2] == (20, math.inf)


def test_a_rise_is_counted_from_the_reading_at_the_beginning_of_its_window():
    assert pairs(column(course(3.0, 3.6), "rise", HOUR))[1] == (0.6, 0.6)
    assert pairs(column(course(3.6, 3.0), "fall", HOUR))[1] == (0.6, 0.6)


def test_a_window_shorter_than_the_step_is_never_complete():
    assert pairs(column(course(5, 5), "max", 600))[1] == (5, math.inf)


def test_a_mean_needs_nine_of_ten_readings():
    series = course(*[1.0] * 10, step=360)
    assert column(series, "mean", HOUR).low[9] == 1.0
    assert column(Course(series.times[1:], series.values[1:], 360), "mean", HOUR).low[-1] == 1.0
    assert math.isnan(column(Course(series.times[2:], series.values[2:], 360), "mean", HOUR).low[-1])


def test_silence_counts_from_when_the_next_reading_was_due():
    quiet = column(course(1, 1), "silence", 0, np.array([HOUR, HOUR + 3600, HOUR + 5400, -1.0]))
    assert quiet.low[:3].tolist() == [0, 0, 30]
    assert math.isnan(quiet.low[3])


def test_the_step_is_the_one_that_occurs_most_often():
    assert interval_of(np.array([0, 300, 600, 1500, 1800.0]), HOUR) == 300
    assert interval_of(np.array([7.0]), HOUR) == HOUR


def test_the_step_of_amounts_is_neither_stretched_by_a_gap_nor_shrunk_by_a_stray_reading():
    assert interval_of_amounts(np.array([0, HOUR, 5 * HOUR])) == HOUR
    assert interval_of_amounts(np.array([0, 1800, HOUR, 5400, 2 * HOUR])) == 1800
    assert interval_of_amounts(np.array([0, 420, HOUR, 2 * HOUR])) == HOUR
    assert interval_of_amounts(300.0 * np.arange(30)) == 300


def test_wind_force_follows_the_table_of_the_standard():
    # GB/T 28591-2012: force 6 begins at 10.8 m/s, 8 at 17.2, 12 at 32.7
    assert beaufort(np.array([0, 0.2, 10.7, 10.8, 17.1, 17.2, 32.7, 70, NAN]))[:8].tolist() == [
        0,
        0,
        5,
        6,
        7,
        8,
        12,
        18,
    ]
    assert math.isnan(beaufort(np.array([NAN]))[0])


def test_a_day_is_that_of_the_place_and_midnight_ends_it():
    assert local_days(np.array([16 * HOUR, 16 * HOUR + 1, 40 * HOUR])).tolist() == [0, 1, 1]


def test_days_in_a_row_count_the_running_day_and_a_day_without_readings_leaves_it_open():
    start = 4 * HOUR  # noon of the local day
    hot = Course(start + 24 * HOUR * np.array([0, 1, 2, 4]), np.array([36, 35, 37, 38.0]), 24 * HOUR)
    assert pairs(days_held(hot, 3, ">=")) == [(-math.inf, 36), (-math.inf, 35), (35, 35), (-math.inf, 37)]
    assert day_extremes(course(1, 3, 2, start=start), np.fmax).tolist() == [1, 3, 3]
