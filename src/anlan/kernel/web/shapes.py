"""Symbols of the map by kind: one character in a shape. Colours stay with warning levels."""

from __future__ import annotations

from typing import Literal

Shape = Literal["ring", "square", "circle", "triangle", "diamond"]

#: Kind → (glyph, shape). Squares are things that stand there, circles people, diamonds dangers, triangles measuring.
SHAPES: dict[str, tuple[str, Shape]] = {
    "team": ("队", "circle"),
    "warehouse": ("仓", "square"),
    "shelter": ("避", "square"),
    "protected": ("护", "square"),
    "risk": ("险", "diamond"),
    "enterprise": ("企", "square"),
    "equipment": ("装", "circle"),
    "station": ("测", "triangle"),
    "incident": ("事", "diamond"),
    "broadcast": ("播", "triangle"),
    "point": ("点", "circle"),
}
