"""Lines of a map file (OpenStreetMap, GeoPackage, GeoJSON, shapefile) as roads and waters in WGS84. Pure; hostile until read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyogrio
import pyogrio.errors
import shapely

from anlan.kernel.geodesy import gcj02_to_wgs84

Kind = Literal["road", "water"]

#: Importance by the words of OpenStreetMap's keys `highway` and `waterway`; 1 is seen from afar. What is not named is not drawn.
RANKS: dict[Kind, dict[str, int]] = {
    "road": {
        "motorway": 1, "trunk": 1, "motorway_link": 2, "trunk_link": 2, "primary": 2, "primary_link": 3, "secondary": 2,
        "secondary_link": 3, "tertiary": 3, "tertiary_link": 3, "unclassified": 3, "residential": 4, "living_street": 4, "service": 4,
        "road": 4, "pedestrian": 4, "track": 4,
    },
    "water": {"river": 1, "canal": 2, "stream": 3, "drain": 4, "ditch": 4},
}  # fmt: skip
#: Files without these keys: a column of this name says what every line is (road, water), and `rank` 1 to 4 how important.
PLAIN_KIND, PLAIN_RANK = "kind", "rank"

#: Geodetic systems that agree with WGS84 within a metre.
GEODETIC = {"EPSG:4326", "EPSG:4490", "OGC:CRS84"}
MAX_LINES = 2_000_000
MAX_NAME = 120


class Unreadable(ValueError):
    """The file as a whole cannot be used. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """`shape` is a shapely LineString in WGS84 degrees."""

    kind: Kind
    rank: int
    name: str
    shape: Any


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave. `refused`: (number of the feature from 1, why); `passed_over`: lines that are no road and no water."""

    lines: list[Line]
    refused: list[tuple[int, str]]
    passed_over: int


def read_lines(path: Path, *, datum: str = "wgs84", box: tuple[float, float, float, float] | None = None) -> Reading:
    """Roads and waters of the file at `path`; `datum` wgs84 or gcj02; `box` (west, south, east, north, degrees) leaves out the rest.

    Raises Unreadable when the file has no lines, is in metres, or is no map file at all.
    """
    if datum not in ("wgs84", "gcj02"):
        raise Unreadable(f"datum {datum!r} is not known; write wgs84 or gcj02")
    if not path.is_file():
        raise Unreadable(f"{path} is not a file")
    lines: list[Line] = []
    refused: list[tuple[int, str]] = []
    passed_over = 0
    for number, found in enumerate(_features(path, box), 1):
        kind, rank, name, shape = found
        if kind is None:
            passed_over += 1
            continue
        parts, why = _parts(shape, datum)
        if why:
            refused.append((number, why))
        lines += [Line(kind, rank, name, part) for part in parts]
        if len(lines) > MAX_LINES:
            raise Unreadable(
                f"more than {MAX_LINES:,} lines; cut the file to your area first (osmium extract, ogr2ogr -spat)"
            )
    return Reading(lines, refused, passed_over)


def _features(path: Path, box: tuple[float, float, float, float] | None) -> Iterator[tuple[Kind | None, int, str, Any]]:
    for layer in _line_layers(path):
        try:
            meta, _ids, shapes, columns = pyogrio.raw.read(path, layer=layer, bbox=box)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError, ValueError) as error:
            raise Unreadable(f"layer {layer} of {path.name} could not be read: {error}") from error
        crs = meta["crs"]
        if crs is not None and crs.upper() not in GEODETIC:
            raise Unreadable(
                f"layer {layer} is in {crs}; convert it first: ogr2ogr -t_srs EPSG:4326 new.gpkg {path.name}"
            )
        table = dict(zip(meta["fields"], columns, strict=True))
        for at in range(len(shapes)):
            row = {name: column[at] for name, column in table.items()}
            yield (*_meaning(row), shapes[at])


def _line_layers(path: Path) -> list[str]:
    try:
        known = pyogrio.list_layers(path)
    except (pyogrio.errors.DataSourceError, ValueError) as error:
        raise Unreadable(
            f"{path.name} is not a map file that can be read (OSM, GeoPackage, GeoJSON, shapefile): {error}"
        ) from error
    # Layers of mixed shapes are taken too; what is no line in them is refused one by one.
    found = [
        str(name) for name, shape in known if shape is None or "Line" in str(shape) or shape in ("Unknown", "Geometry")
    ]
    # OpenStreetMap's own multilinestrings are relations (bus lines), whose ways are among the lines already.
    found = [name for name in found if name != "multilinestrings" or "lines" not in found]
    if not found:
        raise Unreadable(f"{path.name} has no layer of lines")
    return found


def _meaning(row: dict[str, Any]) -> tuple[Kind | None, int, str]:
    name = " ".join(str(row.get("name") or "").split())[:MAX_NAME]
    for kind, key in (("road", "highway"), ("water", "waterway")):
        word = row.get(key)
        if word:
            rank = RANKS[kind].get(str(word))  # type: ignore[index]
            return (kind, rank, name) if rank else (None, 0, name)  # type: ignore[return-value]
    plain = row.get(PLAIN_KIND)
    if plain in RANKS:
        rank = row.get(PLAIN_RANK)
        return plain, int(rank) if rank is not None and rank in (1, 2, 3, 4) else 3, name
    return None, 0, name


def _parts(given: bytes | None, datum: str) -> tuple[list[Any], str]:
    """Sound lines of one geometry, and why something was left out of it."""
    if given is None:
        return [], "it has no geometry"
    try:
        shape = shapely.force_2d(shapely.from_wkb(given))
    except shapely.errors.GEOSException as error:
        return [], f"its geometry cannot be read: {error}"
    pieces = [p for p in shapely.get_parts(shape) if p.geom_type == "LineString"]
    if not pieces:
        return [], f"it is a {shape.geom_type}, not a line"
    sound: list[Any] = []
    why = ""
    for piece in pieces:
        points = shapely.get_coordinates(piece)
        if not np.isfinite(points).all():
            why = "a coordinate is not a number"
        elif (np.abs(points[:, 0]) > 180).any() or (np.abs(points[:, 1]) > 85).any():
            why = "a coordinate lies outside ±180° and ±85°; are these metres, or latitude first?"
        elif len(np.unique(points, axis=0)) < 2:
            why = "all its points are the same"
        elif datum == "gcj02":
            lon, lat = gcj02_to_wgs84(points[:, 0], points[:, 1])
            sound.append(shapely.LineString(np.column_stack([lon, lat])))
        else:
            sound.append(piece)
    return sound, why
