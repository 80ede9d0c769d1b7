"""Rules by which neighbouring stations are asked about a signal (`neighbour_rules.yaml`), read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

from .criteria_files import shipped_properties

FILE = Path(__file__).with_name("neighbour_rules.yaml")
WAYS = ("share", "ratio_down", "nearness", "cause", "none")


@dataclass(frozen=True, slots=True)
class NeighbourRule:
    """`supported` and `contradicted` as the file says, in the terms of `how`; `cause` is another property, summed over hours."""

    how: str
    supported: float = 0.0
    contradicted: float = 0.0
    cause: str = ""
    cause_window_h: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class NeighbourRules:
    """`reach_km`: how far a neighbour may stand; of those the nearest `most` are asked, and `least` must be known."""

    reach_km: float
    most: int
    least: int
    rules: dict[str, NeighbourRule]
    provenance: Provenance

    def of(self, property: str) -> NeighbourRule | None:
        return self.rules.get(property)


@cache
def neighbour_rules() -> NeighbourRules:
    return load_neighbour_rules(FILE)


def load_neighbour_rules(path: Path) -> NeighbourRules:
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.done()
    part = root.record("neighbours")
    rules: dict[str, NeighbourRule] = {}
    for r in part.records("items", None):
        names = r.texts("properties")
        for name in names:
            if name not in shipped_properties():
                raise r.error(f"{name} is no property of a series", "properties")
        rule = NeighbourRule(
            r.one_of("how", WAYS), r.number("supported", 0.0), r.number("contradicted", 0.0), r.text("cause", ""),
            r.number("cause_window_h", 0.0, least=0), r.text("why", ""),
        )  # fmt: skip
        rules |= dict.fromkeys(names, rule)
        r.done()
    found = NeighbourRules(
        part.number("reach_km", least=0), part.integer("most", least=1), part.integer("least", least=1), rules,
        part.provenance,
    )  # fmt: skip
    part.done()
    root.done()
    return found
