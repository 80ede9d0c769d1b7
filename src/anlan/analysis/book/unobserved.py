"""Which levels no station can decide, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.conditions import leaves
from anlan.kernel.facts import load_record

from ..criteria import for_one_station, shipped_criteria
from ..data import __file__ as data_file
from ..data.criteria_files import own_levels, shipped_properties

FILE = Path(data_file).with_name("unobserved.yaml")


@dataclass(frozen=True, slots=True)
class Element:
    """Something that a standard asks for and no station gives: `why`, and what counts `instead`."""

    id: str
    zh: str
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Undecidable:
    """A level that a single station with every known property leaves undecided; `share`: it asks for a share of an area."""

    criterion: str
    zh: str
    level: str
    elements: tuple[Element, ...]
    share: bool
    clause: str


@cache
def elements() -> dict[str, Element]:
    root = load_record(FILE)
    root.raw("meta")
    part = root.record("items")
    found = {}
    for r in part.records("items"):
        found[r.text("id")] = Element(r.text("id"), r.text("zh"), r.text("why"), r.text("instead"))
        r.done()
    part.done()
    root.done()
    return found


@cache
def undecidable() -> tuple[Undecidable, ...]:
    """Levels of the shipped criteria that no station decides alone, in their order."""
    found = []
    for criterion in shipped_criteria():
        for level in criterion.levels:
            if for_one_station(level, shipped_properties(), own_levels()) is None:
                asked = tuple(
                    dict.fromkeys(leaf.var for leaf in leaves(level.when) if leaf.var not in shipped_properties())
                )
                found.append(
                    Undecidable(
                        criterion.id, criterion.zh, level.name, tuple(elements()[var] for var in asked),
                        any(leaf.area_pct is not None for leaf in leaves(level.when)), criterion.provenance.source,
                    )
                )  # fmt: skip
    return tuple(found)
