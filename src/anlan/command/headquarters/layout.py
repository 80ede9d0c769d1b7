"""The plan of the area around a command post: the signs on the incident's map, kept as they stood, and drawn to scale."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN = 900, 560, 60
#: Metres of one degree of latitude.
DEGREE_M = 111_320


def points_of(geometry: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """Every (longitude, latitude) of a GeoJSON geometry."""

    def walk(part: Any) -> Iterator[tuple[float, float]]:
        if part and isinstance(part[0], int | float):
            yield float(part[0]), float(part[1])
            return
        for one in part:
            yield from walk(one)

    yield from walk(geometry["coordinates"])


def layout_svg(features: Sequence[dict[str, Any]], *, title: str) -> str:
    """An SVG of 900 by 560 with north up, every sign with its words, and a scale bar. Pure; at least one feature."""
    points = [p for f in features for p in points_of(f["geometry"])]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    shrink = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * shrink * DEGREE_M, 20.0), max((north - south) * DEGREE_M, 20.0)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    left, top = (
        (WIDTH - (east - west) * shrink * DEGREE_M * scale) / 2,
        (HEIGHT - (north - south) * DEGREE_M * scale) / 2,
    )

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return (
            round(left + (point[0] - west) * shrink * DEGREE_M * scale, 1),
            round(top + (north - point[1]) * DEGREE_M * scale, 1),
        )

    shapes = [_shape(f, [at(p) for p in points_of(f["geometry"])]) for f in features]
    metres = _round((WIDTH - 2 * MARGIN) / scale / 4)
    bar, low = round(metres * scale, 1), HEIGHT - 18
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff" stroke="#999"/>{"".join(shapes)}'
        f'<path d="M20 {low}h{bar}" stroke="#222" stroke-width="3"/><text x="20" y="{low - 6}">{metres} m</text>'
        f'<path d="M{WIDTH - 30} 44l8 -24l8 24z" fill="#222"/><text x="{WIDTH - 26}" y="58">N</text></svg>'
    )


def _shape(feature: dict[str, Any], points: list[tuple[float, float]]) -> str:
    kind, said = feature["geometry"]["type"], feature["properties"]
    text = escape(" ".join(t for t in (str(said.get("sign") or ""), str(said.get("label") or "")) if t))
    path = " ".join(f"{x},{y}" for x, y in points)
    if kind.endswith("Polygon"):
        drawn = f'<polygon points="{path}" fill="#4477aa" fill-opacity="0.15" stroke="#224466" stroke-width="2"/>'
    elif kind.endswith("LineString"):
        drawn = f'<polyline points="{path}" fill="none" stroke="#224466" stroke-width="3"/>'
    else:
        drawn = f'<circle cx="{points[0][0]}" cy="{points[0][1]}" r="6" fill="#224466"/>'
    x, y = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    anchor = "end" if x > WIDTH * 0.75 else "start"
    shift = -10 if anchor == "end" else 10
    return f'{drawn}<text x="{round(x + shift, 1)}" y="{round(y + 4, 1)}" text-anchor="{anchor}">{text}</text>'


def _round(metres: float) -> int:
    """A length for the scale bar that people say: 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(max(metres, 1.0)))
    return int(max(step * power for step in (1, 2, 5) if step * power <= max(metres, 1.0)))
