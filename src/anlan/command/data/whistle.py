"""The rules of `whistle.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, Record, load_record

FILE = Path(__file__).with_name("whistle.yaml")


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes from the call to the arrival, and from the arrival to the end of the matter."""

    report: int
    close: int


@dataclass(frozen=True, slots=True)
class Kind:
    """`departments`: actor codes that are called by default."""

    id: str
    zh: str
    departments: tuple[str, ...]
    urgent: Times
    normal: Times

    def times(self, urgent: bool) -> Times:
        return self.urgent if urgent else self.normal


@dataclass(frozen=True, slots=True)
class WhistleRules:
    """`least` and `most` bound what a street may set by hand; `ruling` and `grading` are minutes."""

    kinds: dict[str, Kind]
    least: Times
    most: Times
    ruling: int
    grading: int
    provenance: Provenance


@cache
def whistle_rules() -> WhistleRules:
    """Raises FactError when the file says something unknown or of the wrong kind."""
    root = load_record(FILE)
    limits, minutes, kinds = root.record("limits"), root.record("minutes"), {}
    for r in root.records("kinds"):
        kind = Kind(
            r.text("id"),
            r.text("zh"),
            tuple(r.raw("departments")),
            _times(r.record("urgent")),
            _times(r.record("normal")),
        )
        kinds[kind.id] = kind
        r.done()
    rules = WhistleRules(
        kinds, Times(limits.integer("report_least", least=1), limits.integer("close_least", least=1)),
        Times(limits.integer("report_most"), limits.integer("close_most")), minutes.integer("ruling", least=1),
        minutes.integer("grading", least=1), root.provenance,
    )  # fmt: skip
    for part in (limits, minutes, root):
        part.done()
    return rules


def _times(part: Record) -> Times:
    found = Times(part.integer("report", least=1), part.integer("close", least=1))
    part.done()
    return found
