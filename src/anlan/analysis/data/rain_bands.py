"""The shades of rain maps (`rain_bands.yaml`): lower bounds in mm by the hours that are summed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from anlan.kernel.facts import Provenance

FILE = Path(__file__).with_name("rain_bands.yaml")


@dataclass(frozen=True, slots=True)
class RainBands:
    """`bounds` rise strictly, in mm; less than the first is no rain."""

    window_h: int
    bounds: tuple[float, ...]
    provenance: Provenance


@cache
def shipped_rain_bands() -> dict[int, RainBands]:
    """By window in hours. Raises ValueError for bounds that do not rise."""
    found = {}
    for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))["bands"]:
        bounds = tuple(float(bound) for bound in row["bounds"])
        if list(bounds) != sorted(set(bounds)) or bounds[0] <= 0:
            raise ValueError(f"{FILE.name}: the bounds of {row['window_h']} h do not rise from above 0")
        found[int(row["window_h"])] = RainBands(row["window_h"], bounds, Provenance(row["source"], row["confidence"]))
    return found
