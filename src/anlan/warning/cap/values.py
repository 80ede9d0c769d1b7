"""Reading single CAP values: times, links, references, positions. Each reader returns the value and its faults."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator
from datetime import datetime

import shapely

from .faults import Fault, fault
from .model import Circle, Polygon, Reference

TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|z|[+-]\d\d:\d\d)?")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
FORBIDDEN = re.compile(r"[\s,<&]")
DIGEST = re.compile(r"[0-9a-fA-F]{40}")
DECIMAL = re.compile(r"[+-]?(\d{1,12}(\.\d{0,20})?|\.\d{1,20})")
SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):")
HARMLESS_SCHEMES = frozenset({"http", "https", "mailto", "tel", "ftp", "cid", "urn"})
HALF_EARTH_KM = 20_038.0


def read_time(text: str, path: str, name: str) -> tuple[datetime | None, list[Fault]]:
    """``text`` as an aware datetime. A trailing Z and fractions of a second are not CAP."""
    match = TIME.fullmatch(text)
    if not match or match[2]:
        return None, [fault(path, "time", name=name, value=text)]
    if not match[3] or match[3] in "Zz":
        return None, [fault(path, "time_offset", name=name, value=text)]
    try:
        return datetime.fromisoformat(match[1] + match[3]), []
    except ValueError:
        return None, [fault(path, "time", name=name, value=text)]


def identifier_faults(text: str, path: str, name: str) -> list[Fault]:
    return [fault(path, "characters", name=name)] if FORBIDDEN.search(text) else []


def language_faults(text: str, path: str) -> list[Fault]:
    return [] if LANGUAGE.fullmatch(text) else [fault(path, "language", value=text)]


def link_faults(text: str, path: str, name: str) -> list[Fault]:
    """A link with a scheme that a browser would run or that opens local files is refused; a relative link is kept."""
    scheme = SCHEME.match(re.sub(r"[\x00-\x20]", "", text))
    if scheme and scheme[1].lower() not in HARMLESS_SCHEMES:
        return [fault(path, "uri_scheme", name=name)]
    return []


def deref_faults(text: str, path: str, size: int | None) -> list[Fault]:
    try:
        actual = len(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        return [fault(path, "deref")]
    if size is not None and size != actual:
        return [fault(path, "size_differs", size=size, actual=actual)]
    return []


def read_decimal(text: str, path: str, name: str) -> tuple[float | None, list[Fault]]:
    if DECIMAL.fullmatch(text):
        return float(text), []
    return None, [fault(path, "number", name=name, value=text)]


def read_references(text: str, path: str) -> tuple[tuple[Reference, ...], list[Fault]]:
    """Whitespace-separated ``sender,identifier,sent`` triples."""
    found: list[Reference] = []
    faults: list[Fault] = []
    for item in text.split():
        parts = item.split(",")
        if len(parts) != 3 or not all(parts):
            faults.append(fault(path, "references", value=item))
            continue
        sent, wrong = read_time(parts[2], path, "references")
        faults += wrong
        if sent is not None:
            found.append(Reference(parts[0], parts[1], sent))
    return tuple(found), faults


def write_words(words: tuple[str, ...]) -> str:
    """CAP lists: separated by spaces, an entry with spaces in double quotes."""
    return " ".join(f'"{word}"' if " " in word else word for word in words)


def read_words(text: str) -> tuple[str, ...]:
    return tuple(quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|([^\s"]+)', text))


def _pair(text: str) -> tuple[float, float] | None:
    parts = text.split(",")
    if len(parts) != 2 or not all(DECIMAL.fullmatch(part) for part in parts):
        return None
    return float(parts[0]), float(parts[1])


def _range_fault(point: tuple[float, float], path: str) -> Fault | None:
    lat, lon = point
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        return None
    swapped = -90 <= lon <= 90 and -180 <= lat <= 180
    return fault(path, "polygon_swapped" if swapped else "polygon_range", value=f"{lat:g},{lon:g}")


def read_polygon(text: str, path: str, limit: int) -> tuple[Polygon | None, list[Fault]]:
    """A closed ring of at least four points that does not cross itself; ``limit`` caps the number of points."""
    pairs = text.split()
    if len(pairs) > limit:
        return None, [fault(path, "too_many", what="边界点 vertices", limit=limit)]
    points: list[tuple[float, float]] = []
    for index, pair in enumerate(pairs, 1):
        point = _pair(pair)
        if point is None:
            return None, [fault(path, "polygon_points", index=index, value=pair)]
        points.append(point)
    ring = tuple(points)
    return ring, list(polygon_faults(ring, path))


def polygon_faults(ring: Polygon, path: str) -> Iterator[Fault]:
    if len(ring) < 4:
        yield fault(path, "polygon_few", count=len(ring))
        return
    if ring[0] != ring[-1]:
        yield fault(path, "polygon_open")
    outside = next((wrong for point in ring if (wrong := _range_fault(point, path))), None)
    if outside:
        yield outside
        return
    if ring[0] != ring[-1]:
        return
    shape = shapely.Polygon(ring)
    if not shape.is_valid or shape.area == 0:
        reason = shapely.is_valid_reason(shape)
        where = re.search(r"\[([^\]]+)\]", reason)
        yield fault(
            path, "polygon_crossing", where=where[1].replace(" ", ",") if where else f"{ring[0][0]:g},{ring[0][1]:g}"
        )


def read_circle(text: str, path: str) -> tuple[Circle | None, list[Fault]]:
    parts = text.split()
    point = _pair(parts[0]) if len(parts) == 2 else None
    if point is None or not DECIMAL.fullmatch(parts[1]):
        return None, [fault(path, "circle", value=text)]
    circle = Circle(point[0], point[1], float(parts[1]))
    return circle, list(circle_faults(circle, path))


def circle_faults(circle: Circle, path: str) -> Iterator[Fault]:
    if not (math.isfinite(circle.radius_km) and 0 <= circle.radius_km <= HALF_EARTH_KM):
        yield fault(path, "circle", value=f"{circle.lat:g},{circle.lon:g} {circle.radius_km:g}")
    elif wrong := _range_fault((circle.lat, circle.lon), path):
        yield wrong
