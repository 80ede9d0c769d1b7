"""Shares of an area by nearest gauge, and profiles of a figure over the area.

Longitudes and latitudes are WGS84 degrees. Areas are measured in a Lambert azimuthal equal-area projection centred on
the polygon (sphere of equal area, R = 6 371 007.2 m; Snyder, Map Projections, USGS PP 1395, eq. 24-2 to 24-4), in
which "nearest" is by straight line: exact enough for a county or a city.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .rain import WindowSum

SPHERE_M = 6_371_007.2
FAR_M = 5_000_000.0

Floats = NDArray[np.float64]


def equal_area(lonlat: Floats, centre: tuple[float, float]) -> Floats:
    """Project (n, 2) degrees to (n, 2) metres around `centre`; areas are true everywhere."""
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    lon0, lat0 = np.radians(centre)
    cos_angle = np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(lon - lon0)
    k = np.sqrt(2.0 / (1.0 + cos_angle))
    x = SPHERE_M * k * np.cos(lat) * np.sin(lon - lon0)
    y = SPHERE_M * k * (np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(lon - lon0))
    return np.column_stack([x, y])


def area_km2(polygon: BaseGeometry) -> float:
    """Area of a WGS84 polygon."""
    return float(_project(polygon, _centre(polygon)).area) / 1e6


def nearest_shares(gauges: Floats, polygon: BaseGeometry) -> Floats:
    """The share of the polygon's area that is nearest to each gauge, in percent; shape (n,), sums to 100.

    `gauges`: (n, 2) degrees; gauges outside the polygon count where they are the nearest; gauges at the same place
    share their cell equally. Raises ValueError for no gauge, a position that is not finite, or an area that is empty or
    crosses itself.
    """
    gauges = np.asarray(gauges, dtype=np.float64).reshape(-1, 2)
    if not len(gauges) or not np.isfinite(gauges).all():
        raise ValueError("needs at least one gauge, each with a finite longitude and latitude")
    if polygon.is_empty or polygon.geom_type not in ("Polygon", "MultiPolygon"):
        raise ValueError("the area is not a polygon")
    if not polygon.is_valid:
        raise ValueError(f"the area is no valid polygon: {shapely.is_valid_reason(polygon)}")
    centre = _centre(polygon)
    area = _project(polygon, centre)
    places, first, sharing = np.unique(
        equal_area(gauges, centre).round(3), axis=0, return_inverse=True, return_counts=True
    )
    first = first.reshape(-1)
    whole = shapely.MultiPoint(places)
    if len(places) == 1:
        cell_area = np.array([area.area])
    else:
        cells = shapely.voronoi_polygons(whole, extend_to=area.buffer(FAR_M), ordered=True)
        parts = np.array(shapely.get_parts(cells))
        cell_area = shapely.area(shapely.intersection(parts, area))
    shares = cell_area[first] / sharing[first]
    return np.asarray(100.0 * shares / shares.sum(), dtype=np.float64)


def area_profile(sums: WindowSum, shares: Floats, step: int) -> list[dict[str, Any]]:
    """The figure of one window over the area at one step, as the profile form of a fact.

    `sums` over (gauges, steps), `shares` (gauges,) in percent. Incomplete sums are given as ``at_least``; a gauge of
    which nothing was obtained is unknown. Gauges without a share are left out.
    """
    profile: list[dict[str, Any]] = []
    for total, obtained, share in zip(sums.total[:, step], sums.obtained[:, step], shares, strict=True):
        if share <= 0:
            continue
        entry: dict[str, Any] = {"share_pct": round(float(share), 6)}
        if obtained >= 1:
            entry["value"] = round(float(total), 3)
        elif obtained > 0:
            entry["at_least"] = round(float(total), 3)
        else:
            entry["value"] = None
        profile.append(entry)
    return profile


def rain_facts(
    sums: dict[int, WindowSum], shares: Floats, step: int, windows: Sequence[int] = (1, 3, 24)
) -> dict[str, Any]:
    """The rain of one step as facts for plans: ``rain_1h_mm``, ``rain_3h_mm``, ``rain_24h_mm``, each a profile."""
    return {f"rain_{w}h_mm": area_profile(sums[w], shares, step) for w in windows}


def _centre(polygon: BaseGeometry) -> tuple[float, float]:
    point = polygon.centroid
    return float(point.x), float(point.y)


def _project(polygon: BaseGeometry, centre: tuple[float, float]) -> BaseGeometry:
    return shapely.transform(polygon, lambda lonlat: equal_area(lonlat, centre))
