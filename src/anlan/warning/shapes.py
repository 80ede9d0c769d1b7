"""Outlines and circles of a warning: which counties they touch, what can be drawn, and what is doubtful about them.

Codes of divisions come first: a shape only says where when no code does. Borders below the county are not openly available,
so a shape inside a county stands for the whole of it, and the result says so. Positions are WGS84 (latitude, longitude) as in CAP.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from shapely.geometry.base import BaseGeometry

from anlan.kernel.geodesy import gcj02_to_wgs84, haversine_m
from anlan.places.models import Region
from anlan.places.queries import regions_under

from .cap.faults import Fault, fault
from .cap.model import Circle, Polygon
from .cap.values import circle_faults, polygon_faults

#: What is wrong with a shape alone: the message is still good where codes say which area is meant.
GEOMETRY = frozenset({
    "polygon_points", "polygon_few", "polygon_open", "polygon_range", "polygon_swapped", "polygon_crossing", "circle",
})  # fmt: skip
KM_PER_DEGREE = 111.195
CORNERS = 64
#: Edges looked at to judge whether outlines are woven into each other; more meetings than these are no border of anything.
SAMPLED, MET_BY_AN_EDGE, MOST_MEETINGS = 100, 20, 200_000
#: A county counts as touched from this share of its own area or of the shape's on; less is the line of a neighbour's border.
TOUCHED = 0.01
MOST_OF_SHAPE = 0.05
#: From this share on a county is covered as a whole.
WHOLE = 0.95
#: Shifted back from GCJ-02 the shape lies on the known border so much better: then it was probably drawn in it.
BETTER_BY = 0.02
GOOD_FIT = 0.85


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be drawn of a warning's polygons and circles; None when nothing can. `points`: circles without a radius."""

    area: BaseGeometry | None
    points: tuple[shapely.Point, ...]
    faults: tuple[Fault, ...]

    @property
    def known(self) -> bool:
        return self.area is not None or bool(self.points)


def shape_of(polygons: Iterable[Polygon], circles: Iterable[Circle]) -> Shape:
    """The sound ones as one shape; each unsound one with its fault, left out."""
    parts: list[BaseGeometry] = []
    points: list[shapely.Point] = []
    faults: list[Fault] = []
    for number, ring in enumerate(polygons, 1):
        wrong = list(polygon_faults(ring, f"polygon[{number}]"))
        faults += wrong
        if not wrong:
            parts.append(shapely.Polygon([(lon, lat) for lat, lon in ring]))
    for number, circle in enumerate(circles, 1):
        wrong = list(circle_faults(circle, f"circle[{number}]"))
        faults += wrong
        if not wrong and circle.radius_km > 0:
            parts.append(_disc(circle))
        elif not wrong:
            points.append(shapely.Point(circle.lon, circle.lat))
    return Shape(_united(parts) if parts else None, tuple(points), tuple(faults))


def _united(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """All parts as one. Outlines woven into each other, of which the crossings alone would fill the memory, count by their hulls."""
    return shapely.union_all([part.convex_hull for part in parts] if _woven(parts) else parts)


def _woven(parts: Sequence[BaseGeometry]) -> bool:
    """Whether the edges lie across each other as no border does: judged by some of them, before anything is cut."""
    if len(parts) < 2:
        return False
    rings = [shapely.get_coordinates(part) for part in parts]
    edges = shapely.linestrings(np.concatenate([np.stack([r[:-1], r[1:]], axis=1) for r in rings]))
    some = edges[:: max(1, len(edges) // SAMPLED)]
    met = shapely.STRtree(edges).query(some).shape[1] / len(some)
    return bool(met > MET_BY_AN_EDGE and met * len(edges) > MOST_MEETINGS)


def _disc(circle: Circle) -> BaseGeometry:
    """The circle as a polygon, good to a percent up to some hundred kilometres; cut at the edge of the map."""
    angle = np.linspace(0, 2 * math.pi, CORNERS, endpoint=False)
    high = circle.radius_km / KM_PER_DEGREE
    wide = high / max(math.cos(math.radians(circle.lat)), 0.01)
    ring = shapely.Polygon(np.column_stack([circle.lon + wide * np.cos(angle), circle.lat + high * np.sin(angle)]))
    return ring.intersection(shapely.box(-180, -90, 180, 90))


@dataclass(frozen=True, slots=True)
class Touched:
    """Counties that a shape touches; `partly`: those of which it covers only a part."""

    regions: tuple[Region, ...]
    partly: tuple[Region, ...]


def touched_by(shape: Shape) -> Touched:
    """The counties with a known outline on which the shape lies."""
    found: list[Region] = []
    partly: list[Region] = []
    for region in regions_under("", levels=["county"]).filter(outline__isnull=False):
        outline = _shapely(region)
        share = _share_covered(shape, outline)
        if share is not None:
            found.append(region)
            if share < WHOLE:
                partly.append(region)
    return Touched(tuple(found), tuple(partly))


def _share_covered(shape: Shape, outline: BaseGeometry) -> float | None:
    """How much of the county the shape covers, 0..1; None when it does not touch it."""
    if shape.area is not None and shape.area.intersects(outline):
        common = shape.area.intersection(outline).area
        if common >= TOUCHED * outline.area or common >= MOST_OF_SHAPE * shape.area.area:
            return float(common / outline.area)
    return 0.0 if any(outline.covers(point) for point in shape.points) else None


def doubts_about(shape: Shape, regions: Sequence[Region]) -> list[Fault]:
    """What is doubtful when the shape is laid over the divisions that the warning names or touches."""
    borders = [_shapely(r) for r in regions if r.outline]
    if shape.area is None or not borders:
        return []
    border = shapely.union_all(borders)
    if not shape.area.intersects(border):
        return [fault("area", "area_apart", names="、".join(r.name for r in regions))]
    fits, shifted = _overlap(shape.area, border), _overlap(_from_gcj02(shape.area), border)
    if shifted - fits >= BETTER_BY and shifted >= GOOD_FIT:
        centre = shape.area.centroid
        lon, lat = gcj02_to_wgs84(centre.x, centre.y)
        metres = haversine_m(centre.x, centre.y, lon, lat)
        return [fault("area", "area_gcj02", metres=round(float(metres), -1))]
    return []


def _from_gcj02(area: BaseGeometry) -> BaseGeometry:
    def back(lonlat: np.ndarray) -> np.ndarray:
        return np.column_stack(gcj02_to_wgs84(lonlat[:, 0], lonlat[:, 1]))

    return shapely.make_valid(shapely.transform(area, back))


def _overlap(a: BaseGeometry, b: BaseGeometry) -> float:
    """Common area over the area of both together."""
    return float(a.intersection(b).area / a.union(b).area)


def drawn(shape: Shape) -> MultiPolygon | None:
    """The shape as it is stored and drawn."""
    if shape.area is None:
        return None
    parts = [g for g in shapely.get_parts(shape.area) if g.geom_type == "Polygon"]
    return MultiPolygon([GEOSGeometry(memoryview(g.wkb)) for g in parts], srid=4326) if parts else None


def _shapely(region: Region) -> BaseGeometry:
    return shapely.make_valid(shapely.from_wkb(bytes(region.outline.wkb if region.outline else b"")))
