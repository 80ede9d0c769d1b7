"""Shares of an area by nearest gauge, in true areas."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Polygon, box

from anlan.analysis.numerics.area import area_km2, area_profile, nearest_shares
from anlan.analysis.numerics.rain import window_sums

DISTRICT = box(116.10, 39.87, 116.26, 39.99)


def test_one_degree_at_the_equator_has_its_published_area():
    # On a sphere of radius R a cell of 1° x 1° at the equator measures R² · (π/180) · sin 1°.
    expected = 6371.0072**2 * np.radians(1) * np.sin(np.radians(1))
    assert area_km2(box(0, 0, 1, 1)) == pytest.approx(expected, rel=1e-4)


def test_two_gauges_placed_alike_halve_the_area():
    gauges = np.array([[116.14, 39.93], [116.22, 39.93]])
    assert nearest_shares(gauges, DISTRICT) == pytest.approx([50, 50], abs=0.01)


def test_a_gauge_outside_counts_where_it_is_the_nearest_and_a_far_one_not_at_all():
    shares = nearest_shares(np.array([[116.12, 39.93], [116.28, 39.93], [117.5, 41.0]]), DISTRICT)
    assert shares[1] == pytest.approx(37.5, abs=0.2)
    assert shares[2] == 0
    assert shares.sum() == pytest.approx(100)


def test_gauges_at_one_place_share_its_cell():
    shares = nearest_shares(np.array([[116.14, 39.93], [116.14, 39.93], [116.22, 39.93]]), DISTRICT)
    assert shares == pytest.approx([25, 25, 50], abs=0.01)


def test_a_single_gauge_has_the_whole_area():
    assert nearest_shares(np.array([[116.5, 39.9]]), DISTRICT).tolist() == [100.0]


def test_shares_agree_with_counting_points():
    gauges = np.array([[116.12, 39.90], [116.20, 39.97], [116.24, 39.88]])
    shares = nearest_shares(gauges, DISTRICT)
    lon, lat = np.meshgrid(np.linspace(116.10, 116.26, 400), np.linspace(39.87, 39.99, 400))
    squeeze = np.cos(np.radians(39.93))
    distance = [(lon - g[0]) ** 2 * squeeze**2 + (lat - g[1]) ** 2 for g in gauges]
    counted = np.bincount(np.argmin(distance, axis=0).ravel(), minlength=3) / lon.size * 100
    assert shares == pytest.approx(counted, abs=0.5)


@pytest.mark.parametrize(
    ("gauges", "polygon", "what"),
    [
        ([], DISTRICT, "at least one gauge"),
        ([[116.1, np.nan]], DISTRICT, "finite"),
        ([[116.1, 39.9]], Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "no valid polygon"),
        ([[116.1, 39.9]], Polygon(), "not a polygon"),
    ],
)
def test_what_has_no_shares_is_refused(gauges, polygon, what):
    with pytest.raises(ValueError, match=what):
        nearest_shares(np.array(gauges), polygon)


def test_a_profile_says_what_is_exact_what_is_a_bound_and_what_is_unknown():
    rain = np.array([[10.0, 20.0, 30.0], [10.0, np.nan, 30.0], [np.nan] * 3])
    profile = area_profile(window_sums(rain, (3,))[3], np.array([50.0, 30.0, 20.0]), 2)
    assert profile == [
        {"share_pct": 50.0, "value": 60.0},
        {"share_pct": 30.0, "at_least": 40.0},
        {"share_pct": 20.0, "value": None},
    ]
