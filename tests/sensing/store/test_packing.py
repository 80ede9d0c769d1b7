"""Readings become bytes and readings again, and cells of hours can be joined in any cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.sensing.store.cells import cells_from, cells_of, join, no_cells, records_of
from anlan.sensing.store.packing import CELL, HOUR_US, READING, pack_entry, pack_records, unpack_entry, unpack_records

NOON = 1_469_030_400 * 1_000_000


def readings(n, step_us=300 * 1_000_000):
    rows = np.empty(n, READING)
    rows["time"] = NOON + step_us * np.arange(n)
    rows["value"] = np.where(np.arange(n) % 7 == 3, np.nan, np.arange(n) / 10)
    rows["quality"], rows["lag"], rows["origin"] = 1, 5, 3
    return rows


@pytest.mark.parametrize("n", [0, 1, 23, 24, 5000])
def test_a_block_gives_back_what_was_put_in(n):
    rows = readings(n)
    again = unpack_records(pack_records(rows), n, READING)
    assert again.tobytes() == rows.tobytes()


def test_a_regular_series_is_small_and_a_newer_layout_is_named():
    packed = pack_records(readings(5000))
    assert len(packed) < 5000 * READING.itemsize / 5
    with pytest.raises(ValueError, match="newer"):
        unpack_records(b"\x63" + packed[1:], 5000, READING)


def test_an_entry_gives_back_its_arrays_and_refuses_another_length():
    given_ = (np.array([1, 7], np.int32), np.array([NOON, -1]), np.array([0.5, np.nan]), np.array([0, 1], np.uint8))
    packed = pack_entry(*given_)
    for before, after in zip(given_, unpack_entry(packed, 2), strict=True):
        np.testing.assert_array_equal(before, after)
    with pytest.raises(ValueError, match="instead of"):
        unpack_entry(packed, 3)


def test_a_reading_on_the_hour_closes_the_hour_before():
    cells = cells_of(np.array([1, 1, 1]), np.array([NOON, NOON + 1, NOON + HOUR_US]), np.array([1.0, 2.0, np.nan]))
    assert cells.hour_us.tolist() == [NOON, NOON + HOUR_US]
    assert (cells.came.tolist(), cells.known.tolist(), cells.total.tolist()) == ([1, 2], [1, 1], [1.0, 2.0])
    assert np.isnan(cells.last[1])


_READINGS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 40), st.sampled_from([0.0, 1.5, 7.0, float("nan")])),
    max_size=40, unique_by=lambda r: r[:2],
)  # fmt: skip


@given(_READINGS, st.integers(0, 40))
def test_cells_are_the_same_however_the_readings_were_cut(rows, cut):
    def cells(some):
        if not some:
            return no_cells()
        stream, slot, value = zip(*some, strict=True)
        return cells_of(np.array(stream), NOON + np.array(slot) * 600_000_000, np.array(value))

    whole, parts = cells(rows), join([cells(rows[:cut]), cells(rows[cut:])])
    for name in ("hour_us", "stream", "came", "known", "total", "least", "most", "last", "last_us"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name), err_msg=name)
    back = records_of(whole, whole.stream)
    same = cells_from(unpack_records(pack_records(back), len(back), CELL), hour_us=whole.hour_us, stream=whole.stream)
    np.testing.assert_array_equal(same.total, whole.total)


def test_a_cell_taken_anew_replaces_what_was_known_and_later_ones_add_to_it():
    old = cells_of(np.array([1, 2]), np.array([NOON, NOON]), np.array([10.0, 4.0]))
    anew = cells_of(np.array([1]), np.array([NOON]), np.array([11.0]), anew=True)
    later = cells_of(np.array([1]), np.array([NOON - 600_000_000]), np.array([0.5]))
    assert join([old, anew, later]).total.tolist() == [11.5, 4.0]
    assert join([join([old, anew]), later]).total.tolist() == [11.5, 4.0]
