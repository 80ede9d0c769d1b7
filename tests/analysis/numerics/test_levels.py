"""Levels do not flap: they rise at once and are left after readings in a row known to lie below them."""

from __future__ import annotations

import numpy as np

from anlan.analysis.numerics.levels import levels_in_force


def test_a_level_is_left_only_after_readings_in_a_row_known_to_lie_below_it():
    reached = np.array([[0, 1, 0, 1, 0, 0, 0, 0]], dtype=np.int8)
    assert levels_in_force(reached, 3).tolist() == [-1, 0, 0, 0, 0, 0, -1, -1]
    undecided = np.array([[1, 0, 0, -1, 0, 0, 0]], dtype=np.int8)
    assert levels_in_force(undecided, 3).tolist() == [0, 0, 0, 0, 0, 0, -1]


def test_a_higher_level_counts_at_once_and_falls_to_what_still_holds():
    reached = np.array([[1, 1, 1, 1, 1], [0, 1, 0, 0, 0]], dtype=np.int8)
    assert levels_in_force(reached, 2).tolist() == [0, 1, 1, 0, 0]


def test_a_level_with_a_margin_is_left_below_the_margin_only():
    reached = np.array([[1, 0, 0, 0, 0, 0]], dtype=np.int8)
    staying = np.array([[1, 1, 1, 0, 0, 0]], dtype=np.int8)
    assert levels_in_force(reached, 2, staying=staying).tolist() == [0, 0, 0, 0, -1, -1]


def test_within_the_hold_off_only_a_higher_level_is_raised_again():
    stamps = np.arange(6) * 600.0
    same = np.array([[1, 0, 1, 0, 1, 1]], dtype=np.int8)
    assert levels_in_force(same, 1, stamps=stamps, hold_off_s=1800).tolist() == [0, -1, -1, -1, 0, 0]
    higher = np.array([[1, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0]], dtype=np.int8)
    assert levels_in_force(higher, 1, stamps=stamps, hold_off_s=7200).tolist() == [0, -1, 1, -1, -1, -1]


def test_what_had_been_higher_before_it_ended_is_not_raised_again_as_high():
    stamps = np.arange(6) * 600.0
    reached = np.array([[1, 1, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1]], dtype=np.int8)
    assert levels_in_force(reached, 1, stamps=stamps, hold_off_s=2400).tolist() == [1, 0, -1, -1, -1, -1]
    assert levels_in_force(reached, 1, stamps=stamps, hold_off_s=1200).tolist() == [1, 0, -1, -1, -1, 1]


def test_nothing_reached_is_no_level_however_long():
    assert (levels_in_force(np.zeros((4, 1000), dtype=np.int8), 3) == -1).all()
