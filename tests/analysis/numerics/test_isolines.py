"""Isohyets: they honour the gauges, stay inside the area and refuse to invent a field."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from anlan.analysis.numerics.area import area_km2, equal_area
from anlan.analysis.numerics.isolines import TooFewGauges, bands, from_equal_area, interpolate, isolines

SQUARE = shapely.box(116.1, 39.8, 116.3, 40.0)
GAUGES = np.array([[116.1, 39.8], [116.3, 39.8], [116.1, 40.0], [116.3, 40.0], [116.2, 39.9]])


def value_at(field, lon, lat):
    x, y = equal_area(np.array([[lon, lat]]), field.centre)[0]
    return field.z[np.abs(field.y - y).argmin(), np.abs(field.x - x).argmin()]


def test_every_gauge_keeps_its_own_amount_and_nothing_exceeds_them():
    amounts = np.array([0.0, 5, 10, 20, 80])
    field = interpolate(GAUGES, amounts, SQUARE)
    for (lon, lat), amount in zip(GAUGES, amounts, strict=True):
        assert value_at(field, lon, lat) == pytest.approx(amount, abs=3)
    assert field.z.min() >= 0
    assert field.z.max() <= 80


def test_bands_cover_the_area_once_and_stay_inside_it():
    field = interpolate(GAUGES, np.array([0.0, 5, 10, 20, 80]), SQUARE)
    found = bands(field, (0, 2, 8, 16, 50))
    assert [(b.low, b.high) for b in found] == [(0, 2), (2, 8), (8, 16), (16, 50), (50, None)]
    assert sum(area_km2(b.shape) for b in found) == pytest.approx(area_km2(SQUARE), rel=0.02)
    for band in found:
        assert band.shape.is_valid
        assert band.shape.difference(SQUARE.buffer(0.002)).is_empty
    assert found[-1].shape.contains(shapely.Point(116.2, 39.9))


def test_a_line_parts_what_lies_above_from_what_lies_below():
    field = interpolate(GAUGES, np.array([0.0, 0, 0, 0, 80]), SQUARE)
    (line,) = isolines(field, (50, 200))
    assert line.value == 50
    inside = shapely.convex_hull(line.shape)
    assert inside.contains(shapely.Point(116.2, 39.9))
    assert not inside.contains(shapely.Point(116.11, 39.81))


def test_a_level_field_is_one_band_without_lines():
    field = interpolate(GAUGES, np.full(5, 12.0), SQUARE)
    (band,) = bands(field, (0.1, 8, 16, 50))
    assert (band.low, band.high) == (8, 16)
    assert isolines(field, (8, 16, 50)) == []


def test_without_rain_there_is_neither_band_nor_line():
    field = interpolate(GAUGES, np.zeros(5), SQUARE)
    assert bands(field, (0.1, 8, 16)) == []
    assert isolines(field, (0.1, 8)) == []


def test_less_than_three_places_are_no_field():
    with pytest.raises(TooFewGauges) as refused:
        interpolate(np.array([[116.1, 39.8], [116.1, 39.8], [116.3, 39.8]]), np.array([1.0, 2, 3]), SQUARE)
    assert refused.value.known == 2
    with pytest.raises(TooFewGauges):
        interpolate(np.empty((0, 2)), np.empty(0), SQUARE)


def test_an_amount_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="finite"):
        interpolate(GAUGES, np.array([1.0, 2, np.nan, 3, 4]), SQUARE)


def test_two_gauges_at_one_place_count_as_their_mean():
    doubled = interpolate(np.vstack([GAUGES, GAUGES[:1]]), np.array([10.0, 5, 5, 5, 5, 30]), SQUARE)
    single = interpolate(GAUGES, np.array([20.0, 5, 5, 5, 5]), SQUARE)
    assert np.allclose(doubled.z, single.z)


@given(st.lists(st.tuples(st.floats(116, 116.4), st.floats(39.7, 40.1)), min_size=1, max_size=30))
def test_the_projection_and_its_inverse_agree(places):
    degrees = np.array(places)
    assert np.allclose(from_equal_area(equal_area(degrees, (116.2, 39.9)), (116.2, 39.9)), degrees, atol=1e-9)


def test_a_thousand_gauges_give_the_same_field_as_those_near_a_point():
    rng = np.random.default_rng(7)
    gauges = rng.uniform([116.0, 39.7], [116.4, 40.1], (1000, 2))
    amounts = rng.uniform(0, 60, 1000)
    field = interpolate(gauges, amounts, SQUARE)
    x, y = field.x[40], field.y[50]
    metres = equal_area(gauges, field.centre)
    squared = ((metres - [x, y]) ** 2).sum(axis=1)
    near = np.argsort(squared)[:8]
    expected = (amounts[near] / squared[near]).sum() / (1 / squared[near]).sum()
    assert field.z[50, 40] == pytest.approx(expected)
