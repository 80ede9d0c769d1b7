"""The words of `plan_words.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import load_record

FILE = Path(__file__).with_name("plan_words.yaml")


@dataclass(frozen=True, slots=True)
class PlanWords:
    """Each table: (word, what it means), in the order in which they are tried."""

    roles: tuple[tuple[str, str], ...]
    hazards: tuple[tuple[str, str], ...]
    signals: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, str], ...]

    def role(self, text: str) -> str:
        return next((role for word, role in self.roles if word in text), "")

    def hazard(self, text: str) -> str:
        return next((hazard for word, hazard in self.hazards if word in text), "")

    def part(self, text: str) -> str:
        return next((part for word, part in self.parts if word in text), "")


@cache
def plan_words() -> PlanWords:
    """Raises FactError."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    tables = []
    for key, name in (("roles", "role"), ("hazards", "hazard"), ("signals", "var"), ("parts", "part")):
        found: list[tuple[str, str]] = []
        for part in root.records(key, None):
            found += [(word, part.text(name)) for word in part.texts("words")]
            part.done()
        tables.append(tuple(found))
    _ = root.provenance
    root.done()
    return PlanWords(*tables)
