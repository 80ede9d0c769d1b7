"""When several stations together are a signal of their region (`several_stations.yaml`), read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

from .criteria_files import shipped_properties

FILE = Path(__file__).with_name("several_stations.yaml")


@dataclass(frozen=True, slots=True)
class Several:
    """`of` is the criterion that the stations stand at; `stations` and `share_pct` of those that measure `property` must."""

    id: str
    of: str
    zh: str
    property: str
    stations: int
    share_pct: float
    provenance: Provenance


@cache
def shipped_several() -> tuple[Several, ...]:
    return load_several(FILE)


def load_several(path: Path) -> tuple[Several, ...]:
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.done()
    part = root.record("several")
    found = []
    for r in part.records("items"):
        found.append(
            Several(
                r.text("id"), r.text("of"), r.text("zh"), r.refer("property", shipped_properties(), "property"),
                r.integer("stations", least=1), r.number("share_pct", least=0), r.provenance,
            )
        )  # fmt: skip
        r.done()
    part.done()
    root.done()
    return tuple(found)
