"""Datum conversion and distance agree with published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.geodesy import gcj02_to_wgs84, haversine_m, wgs84_to_gcj02

# Point pairs that the public implementations of the offset print in their own documentation and tests (lon, lat).
PUBLISHED = [
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED)
def test_published_points_agree_within_ten_centimetres(wgs, gcj):
    there = wgs84_to_gcj02(*wgs)
    back = gcj02_to_wgs84(*gcj)
    assert haversine_m(*there, *gcj) < 0.15
    assert haversine_m(*back, *wgs) < 0.15


@given(st.floats(73.6, 135.0), st.floats(18.2, 53.5))
def test_there_and_back_ends_within_a_millimetre(lon, lat):
    assert haversine_m(*gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat)), lon, lat) < 0.001


def test_the_two_datums_are_hundreds_of_metres_apart_in_beijing():
    assert 400 < haversine_m(116.2, 39.9, *wgs84_to_gcj02(116.2, 39.9)) < 700


def test_points_outside_china_are_left_alone():
    lon, lat = gcj02_to_wgs84([2.35, -58.4], [48.86, -34.6])
    assert lon.tolist() == [2.35, -58.4]
    assert lat.tolist() == [48.86, -34.6]


def test_arrays_keep_their_shape():
    lon, lat = gcj02_to_wgs84(np.full((3, 2), 116.0), np.full((3, 2), 39.0))
    assert lon.shape == lat.shape == (3, 2)
    assert np.unique(lon).size == 1


def test_one_degree_of_latitude_is_111_km():
    assert haversine_m(116, 39, 116, 40) == pytest.approx(111_195, abs=1)


def test_one_point_is_measured_against_many():
    assert haversine_m(116.2, 39.9, [116.2, 116.3], [39.9, 39.9]) == pytest.approx([0.0, 8530.0], abs=2)


def test_swapped_coordinates_are_refused():
    with pytest.raises(ValueError, match="latitude"):
        gcj02_to_wgs84(39.9, 116.2)
