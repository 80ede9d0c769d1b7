"""Isohyets: a field of rain interpolated from gauges, cut into bands and lines, clipped to an area.

Inverse distance weighting with power 2 over the eight nearest gauges (Shepard 1968, A two-dimensional interpolation function
for irregularly-spaced data), on a grid in the equal-area projection of ``area.py``. It honours every gauge and never exceeds
the gauges' own range; between gauges it is a guess, and less than three gauges are no field at all.
Longitudes and latitudes are WGS84 degrees; amounts are mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from contourpy import FillType, LineType, contour_generator
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .area import SPHERE_M, equal_area

#: Fewer gauges say nothing about what lies between them.
LEAST_GAUGES = 3
#: Gauges that a point of the grid is drawn from.
NEAREST = 8
#: Cells along the longer side of the area: finer than gauges stand, coarse enough to be drawn at once.
CELLS = 96
#: A line may leave its true place by a quarter of a cell.
SIMPLIFY = 0.25
#: Grid points worked at once, so that many gauges do not fill the memory.
_AT_ONCE = 4096

Floats = NDArray[np.float64]


class TooFewGauges(ValueError):
    """Not enough gauges with a known amount; `known` says how many there are."""

    def __init__(self, known: int) -> None:
        super().__init__(f"{known} gauges, {LEAST_GAUGES} are needed")
        self.known = known


@dataclass(frozen=True, slots=True)
class Field:
    """Amounts on a grid around an area. `x` (columns,) and `y` (rows,) in metres around `centre`; `z` (rows, columns)."""

    x: Floats
    y: Floats
    z: Floats
    centre: tuple[float, float]
    area: BaseGeometry


@dataclass(frozen=True, slots=True)
class Band:
    """Where the amount lies from `low` (included) to `high` (None: no upper end)."""

    low: float
    high: float | None
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Isoline:
    value: float
    shape: BaseGeometry


def interpolate(gauges: Floats, amounts: Floats, polygon: BaseGeometry, cells: int = CELLS) -> Field:
    """The field over `polygon` (WGS84, Polygon or MultiPolygon).

    `gauges`: (n, 2) degrees; `amounts`: (n,) finite mm. Gauges outside count by their distance; several at one place count as
    their mean. Raises TooFewGauges for less than three different places, ValueError for amounts that are not finite.
    """
    gauges = np.asarray(gauges, dtype=np.float64).reshape(-1, 2)
    amounts = np.asarray(amounts, dtype=np.float64).reshape(-1)
    if gauges.shape[0] != amounts.shape[0] or not np.isfinite(gauges).all() or not np.isfinite(amounts).all():
        raise ValueError("each gauge needs a finite longitude, latitude and amount")
    point = polygon.centroid
    centre = (float(point.x), float(point.y))
    area = shapely.make_valid(shapely.transform(polygon, lambda lonlat: equal_area(lonlat, centre)))
    places, first = np.unique(equal_area(gauges, centre).round(1), axis=0, return_inverse=True)
    if len(places) < LEAST_GAUGES:
        raise TooFewGauges(len(places))
    first = first.reshape(-1)
    means = np.bincount(first, weights=amounts) / np.bincount(first)
    west, south, east, north = area.bounds
    step = max(east - west, north - south) / cells
    x = np.arange(west - step, east + 2 * step, step)
    y = np.arange(south - step, north + 2 * step, step)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    z = np.concatenate([
        _weighed(grid[start : start + _AT_ONCE], places, means) for start in range(0, len(grid), _AT_ONCE)
    ])  # fmt: skip
    return Field(x, y, z.reshape(len(y), len(x)), centre, area)


def _weighed(points: Floats, places: Floats, amounts: Floats) -> Floats:
    squared = ((points[:, None, :] - places[None, :, :]) ** 2).sum(axis=-1)
    if places.shape[0] > NEAREST:
        near = np.argpartition(squared, NEAREST - 1, axis=1)[:, :NEAREST]
        squared, amount = np.take_along_axis(squared, near, axis=1), amounts[near]
    else:
        amount = np.broadcast_to(amounts, squared.shape)
    # A metre: a point of the grid on a gauge takes its amount, and nothing is divided by zero.
    weight = 1.0 / np.maximum(squared, 1.0)
    return np.asarray((weight * amount).sum(axis=1) / weight.sum(axis=1), dtype=np.float64)


def bands(field: Field, bounds: Sequence[float]) -> list[Band]:
    """Areas between neighbouring `bounds` (rising, mm), and above the last one; WGS84, clipped; empty ones are left out."""
    generator = contour_generator(field.x, field.y, field.z, fill_type=FillType.OuterOffset)
    top = float(field.z.max())
    found = []
    for i, low in enumerate(bounds):
        high = bounds[i + 1] if i + 1 < len(bounds) else None
        ceiling = high if high is not None else max(top, low) + 1.0
        if top < low:
            break
        found_rings: Any = generator.filled(low, ceiling)
        points, offsets = found_rings
        parts = [
            shapely.Polygon(ring[offset[0] : offset[1]], [ring[a:b] for a, b in pairwise(offset[1:])])
            for ring, offset in zip(points, offsets, strict=True)
        ]  # fmt: skip
        shape = _clipped(shapely.union_all(shapely.make_valid(np.array(parts))) if parts else None, field, "area")
        if shape is not None:
            found.append(Band(float(low), high, shape))
    return found


def isolines(field: Field, values: Sequence[float]) -> list[Isoline]:
    """Lines of equal amount at `values` (mm); WGS84, clipped; those that do not cross the area are left out."""
    generator = contour_generator(field.x, field.y, field.z, line_type=LineType.Separate)
    found = []
    for value in values:
        lines = [shapely.LineString(line) for line in generator.lines(value) if len(line) > 1]
        shape = _clipped(shapely.union_all(np.array(lines)) if lines else None, field, "line")
        if shape is not None:
            found.append(Isoline(float(value), shape))
    return found


def _clipped(shape: BaseGeometry | None, field: Field, kind: str) -> BaseGeometry | None:
    """The part inside the area, with no more corners than an eye can see, in degrees."""
    if shape is None or shape.is_empty:
        return None
    tolerance = SIMPLIFY * float(field.x[1] - field.x[0])
    inside = shapely.intersection(shape, field.area).simplify(tolerance)
    wanted = ("Polygon", "MultiPolygon") if kind == "area" else ("LineString", "MultiLineString")
    parts = [p for p in shapely.get_parts(shapely.get_parts(inside)) if p.geom_type in wanted and not p.is_empty]
    if not parts:
        return None
    whole = shapely.multipolygons(parts) if kind == "area" else shapely.multilinestrings(parts)
    return shapely.transform(whole, lambda metres: from_equal_area(metres, field.centre))


def from_equal_area(metres: Floats, centre: tuple[float, float]) -> Floats:
    """The inverse of ``equal_area``: (n, 2) metres around `centre` to (n, 2) degrees (Snyder, eq. 20-14 to 20-18, 24-16)."""
    lon0, lat0 = np.radians(centre)
    x, y = metres[:, 0], metres[:, 1]
    rho = np.hypot(x, y)
    angle = 2.0 * np.arcsin(np.clip(rho / (2.0 * SPHERE_M), 0.0, 1.0))
    away = np.where(rho > 0, rho, 1.0)
    lat = np.arcsin(np.clip(np.cos(angle) * np.sin(lat0) + y * np.sin(angle) * np.cos(lat0) / away, -1.0, 1.0))
    lat = np.where(rho > 0, lat, lat0)
    lon = lon0 + np.arctan2(
        x * np.sin(angle), away * np.cos(lat0) * np.cos(angle) - y * np.sin(lat0) * np.sin(angle)
    )  # fmt: skip
    return np.degrees(np.column_stack([lon, lat]))


def as_feature(shape: BaseGeometry, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature; five decimals are a metre."""
    geometry = shapely.geometry.mapping(shapely.set_precision(shape, 1e-5))
    return {"type": "Feature", "geometry": geometry, "properties": properties}
