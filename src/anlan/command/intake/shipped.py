"""The gazetteer of the regions that the project ships, for the pure door; a running platform passes its own."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from .places import Gazetteer, Place


@cache
def shipped_gazetteer() -> Gazetteer:
    """All shipped regions, province to village, with the approximate seats that are known (WGS84)."""
    return Gazetteer(_places())


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("anlan.places.data").joinpath(name).read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


def _places() -> Iterator[Place]:
    seats = {row["region_code"]: (float(row["lon"]), float(row["lat"])) for row in _rows("positions.csv")}
    for row in _rows("regions.csv"):
        lon, lat = seats.get(row["code"], (None, None))
        yield Place(row["name"], row["code"], row["level"], lon, lat)
