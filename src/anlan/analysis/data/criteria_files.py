"""Properties of series (`properties.yaml`) and response criteria (`response_criteria.yaml`), read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.conditions import Condition, leaves
from anlan.kernel.facts import Provenance, Record, load_record, read_vocabulary, variables_of

PROPERTIES_FILE = Path(__file__).with_name("properties.yaml")
RESPONSES_FILE = Path(__file__).with_name("response_criteria.yaml")
RESPONSE_LEVELS = ("IV", "III", "II", "I")
WAYS = ("beaufort", "day_max", "day_min", "min", "drop_of_min", "above", "ratio")
DAY_H = 24


@dataclass(frozen=True, slots=True)
class Property:
    """`least`..`most` is the range of values that can be true; `adds_up` marks amounts over a period."""

    id: str
    zh: str
    unit: str
    least: float
    most: float
    adds_up: bool
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a figure follows from the readings of `source`; `own` names the levels of the station that it needs.

    `reach_h`: hours of readings before the leaf's own window that it looks back on.
    """

    id: str
    source: str
    how: str
    own: tuple[str, ...]
    window_h: float
    provenance: Provenance

    @property
    def reach_h(self) -> int:
        if self.how in ("day_max", "day_min", "drop_of_min"):
            return DAY_H
        return max([int(self.window_h), *(hours_of(name) for name in self.own if self.how == "ratio")])


def hours_of(own: str) -> int:
    """The window that a station's own amount is for: 3 of ``prepare_3h_mm``."""
    return int(own.split("_")[1].removesuffix("h"))


@dataclass(frozen=True, slots=True)
class ResponseCriterion:
    """`levels` lowest first, by name IV…I."""

    id: str
    zh: str
    hazard: str
    levels: tuple[tuple[str, Condition], ...]
    provenance: Provenance


@cache
def shipped_properties() -> dict[str, Property]:
    return load_properties(PROPERTIES_FILE)


@cache
def shipped_derivations() -> dict[str, tuple[Derivation, ...]]:
    """The ways to each derived figure, the first that a station can go counts."""
    return load_derivations(PROPERTIES_FILE)


@cache
def own_levels() -> tuple[str, ...]:
    """Names of the levels that a station may have of its own: ``warning_m``, ``prepare_3h_mm``."""
    return tuple(dict.fromkeys(name for ways in shipped_derivations().values() for way in ways for name in way.own))


@cache
def shipped_response_criteria() -> tuple[ResponseCriterion, ...]:
    return load_response_criteria(RESPONSES_FILE)


def load_properties(path: Path) -> dict[str, Property]:
    root = _open(path)
    part = root.record("properties")
    found = {}
    for r in part.records("items"):
        one = Property(
            r.text("id"), r.text("zh"), r.text("unit", ""), r.number("least"), r.number("most"),
            r.flag("adds_up", False), r.provenance,
        )  # fmt: skip
        if one.least >= one.most:
            raise r.error("least is not below most")
        r.done()
        found[one.id] = one
    part.done()
    root.raw("derived")
    root.done()
    return found


def load_derivations(path: Path) -> dict[str, tuple[Derivation, ...]]:
    known = load_properties(path)
    root = _open(path)
    root.raw("properties")
    part = root.record("derived")
    found: dict[str, tuple[Derivation, ...]] = {}
    for r in part.records("items", None):
        one = Derivation(
            r.refer("id", known, "property"), r.refer("from", known, "property"), r.one_of("how", WAYS), r.texts("own", ()),
            r.number("window_h", 0, least=0), r.provenance,
        )  # fmt: skip
        if bool(one.own) != (one.how in ("above", "ratio")):
            raise r.error("levels of the station's own belong to above and ratio, which need them")
        r.done()
        found[one.id] = (*found.get(one.id, ()), one)
    part.done()
    root.done()
    return found


def load_response_criteria(path: Path) -> tuple[ResponseCriterion, ...]:
    root = _open(path)
    vocabulary = read_vocabulary(root)
    root.raw("vocabulary", {})
    found = []
    for r in root.records("criteria"):
        levels, conditions = [], []
        for part in r.records("levels", "level"):
            when = part.condition("when", vocabulary)
            for leaf in leaves(when):
                if leaf.var not in shipped_properties():
                    raise part.error(f"{leaf.var} is no property of a series")
            levels.append((part.one_of("level", RESPONSE_LEVELS), when))
            conditions.append((part.path, when))
            part.done()
        variables_of(root.file, conditions)
        levels.sort(key=lambda pair: RESPONSE_LEVELS.index(pair[0]))
        found.append(ResponseCriterion(r.text("id"), r.text("zh"), r.text("hazard"), tuple(levels), r.provenance))
        r.done()
    root.done()
    return tuple(found)


def _open(path: Path) -> Record:
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.done()
    return root
