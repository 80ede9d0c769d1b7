"""How opinion is watched, and what names other places: the two tables of this folder, read once and refused when faulty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, Record, load_record

HERE = Path(__file__).parent
TIMES = ("look", "look_sensitive", "look_again", "verify", "reply")


@dataclass(frozen=True, slots=True)
class WordGroup:
    group: str
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watching:
    """`times` in minutes by name; the other limits as the table says."""

    times: Mapping[str, float]
    rise_from: int
    oldest_hours: int
    ahead_minutes: int
    together_hours: int
    keep_days: int
    words: tuple[WordGroup, ...]
    emergency: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Elsewhere:
    provinces: tuple[str, ...]
    cities: tuple[str, ...]
    not_before: tuple[str, ...]


@cache
def watching() -> Watching:
    """Raises FactError when the table cannot be trusted."""
    r = load_record(HERE / "watching.yaml")
    times = r.record("times")
    found = Watching(
        {name: times.number(name, least=1) for name in TIMES},
        r.integer("rise_from", least=2),
        r.integer("oldest_hours", least=1),
        r.integer("ahead_minutes", least=0),
        r.integer("together_hours", least=1),
        r.integer("keep_days", least=1),
        tuple(_group(g) for g in r.records("words", id_key="group")),
        r.texts("emergency"),
        r.provenance,
    )
    times.done()
    r.done()
    return found


def _group(r: Record) -> WordGroup:
    found = WordGroup(r.text("group"), r.text("label"), r.texts("words"))
    r.done()
    return found


@cache
def elsewhere() -> Elsewhere:
    """Raises FactError when the table cannot be trusted."""
    r = load_record(HERE / "elsewhere.yaml")
    found = Elsewhere(r.texts("provinces"), r.texts("cities"), r.texts("not_before"))
    r.done()
    return found
