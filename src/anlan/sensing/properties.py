"""What may be measured: unit, the range beyond which a value cannot be true, and how the property is called.

The figures are those of the criteria's own list, which belongs to a later stage; this list holds what stations of the
first slice measure and a test keeps the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "data" / "properties.yaml"


@dataclass(frozen=True, slots=True)
class Property:
    """`period_s` above 0: an amount over the period that the reading closes; 0: a state at its time."""

    id: str
    zh: str
    unit: str
    least: float
    most: float
    period_s: int


#: What the platform's own probe reads: the number of the probe. No criterion knows it.
PROBE = Property("probe", "平台自检", "", 0.0, 1e15, 0)


@cache
def properties() -> dict[str, Property]:
    """Known properties by id; an alias points to the same property."""
    found: dict[str, Property] = {PROBE.id: PROBE}
    for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))["properties"]:
        aliases = row.pop("aliases", ())
        one = Property(**row)
        found |= dict.fromkeys((one.id, *aliases), one)
    return found
