"""Positions on the earth: datum conversion and distance, as pure functions on arrays.

Everything Anlan stores is WGS84 longitude/latitude in degrees. Openly available outlines of Chinese divisions come in
GCJ-02, the national obfuscated datum, which lies 100 m to 700 m away; they are converted once, when they are extracted.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Degrees = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG), metres."""

# The offset of GCJ-02 is defined on the Krasovsky 1940 ellipsoid, whatever the datum of the data.
_SEMI_MAJOR_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323

# GCJ-02 is used inside this box only; outside it both datums agree.
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271

_INVERSE_STEPS = 8


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Convert WGS84 degrees to GCJ-02 degrees.

    lon, lat: scalars or arrays of one shape, degrees. Returns two arrays of that shape. Points outside the box where
    GCJ-02 is in use come back unchanged. Source: the published reconstruction of the offset polynomial; agrees with its
    published test points to better than 0.1 m.
    """
    lon, lat = _degrees(lon, lat)
    east, north = _offset(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Convert GCJ-02 degrees to WGS84 degrees.

    lon, lat: scalars or arrays of one shape, degrees. Returns two arrays of that shape. The offset has no closed
    inverse; the fixed-point iteration used here converges by a factor of about 1,000 a step, so that the round trip
    closes within a millimetre. Points outside the box where GCJ-02 is in use come back unchanged.
    """
    lon, lat = _degrees(lon, lat)
    # A point just outside the box could only have come from outside: the box is decided by the given position.
    inside = _uses_gcj02(lon, lat)
    wgs_lon, wgs_lat = lon.copy(), lat.copy()
    for _ in range(_INVERSE_STEPS):
        east, north = _offset_polynomial(wgs_lon, wgs_lat)
        wgs_lon = np.where(inside, lon - east, lon)
        wgs_lat = np.where(inside, lat - north, lat)
    return wgs_lon, wgs_lat


def box_around(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """West, south, east, north (degrees) of a box that holds every position within `metres` of a point: what an index can be asked for
    before distances are taken. Near a pole it goes round the earth as far as it has to."""
    tall = math.degrees(metres / EARTH_RADIUS_M)
    wide = tall / max(math.cos(math.radians(min(abs(lat) + tall, 89.0))), 0.01)
    return max(lon - wide, -180.0), max(lat - tall, -90.0), min(lon + wide, 180.0), min(lat + tall, 90.0)


def haversine_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Degrees:
    """Great-circle distance in metres between positions given in degrees.

    The four arguments are broadcast against each other, so that one point can be measured against many. Error against
    the ellipsoid is below 0.6 %, which is less than the accuracy of the positions it is used on.
    """
    lon1, lat1 = _degrees(lon1, lat1)
    lon2, lat2 = _degrees(lon2, lat2)
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_chord = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half_chord, 0.0, 1.0)))


def _degrees(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if np.any(np.abs(lon) > 180) or np.any(np.abs(lat) > 90):
        raise ValueError("longitude must lie within -180..180 and latitude within -90..90 degrees")
    return lon, lat


def _uses_gcj02(lon: Degrees, lat: Degrees) -> NDArray[np.bool_]:
    return (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)


def _offset(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    inside = _uses_gcj02(lon, lat)
    east, north = _offset_polynomial(lon, lat)
    return np.where(inside, east, 0.0), np.where(inside, north, 0.0)


def _offset_polynomial(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += 2 / 3 * (ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3))
    north_m += 2 / 3 * (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30))
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += 2 / 3 * (ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3))
    east_m += 2 / 3 * (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30))
    phi = np.radians(lat)
    squeeze = 1 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    metres_per_radian_north = _SEMI_MAJOR_AXIS_M * (1 - _ECCENTRICITY_SQUARED) / squeeze**1.5
    metres_per_radian_east = _SEMI_MAJOR_AXIS_M / np.sqrt(squeeze) * np.cos(phi)
    return np.degrees(east_m / metres_per_radian_east), np.degrees(north_m / metres_per_radian_north)
