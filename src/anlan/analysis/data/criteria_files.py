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


@dataclass(frozen=True, slots=True)
class Property:
    """`least`..`most` is the range of values that can be true; `adds_up` marks hourly amounts."""

    id: str
    zh: str
    unit: str
    least: float
    most: float
    adds_up: bool
    provenance: Provenance


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
