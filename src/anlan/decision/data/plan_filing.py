"""The rules of `plan_filing.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("plan_filing.yaml")


@dataclass(frozen=True, slots=True)
class Material:
    id: str
    zh: str
    required: bool


@dataclass(frozen=True, slots=True)
class FilingRules:
    """Working days and months; see the head of the file."""

    hand_in_days: int
    check_days: int
    mend_days: int
    refile_months: int
    materials: tuple[Material, ...]
    provenance: Provenance

    def missing(self, given: list[str]) -> list[str]:
        """Names of required materials that are not among those given."""
        return [m.zh for m in self.materials if m.required and m.id not in given]


@cache
def filing_rules() -> FilingRules:
    """Raises FactError."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    materials = []
    for part in root.records("materials"):
        materials.append(Material(part.text("id"), part.text("zh"), part.flag("required", False)))
        part.done()
    rules = FilingRules(
        hand_in_days=root.integer("hand_in_days", least=1), check_days=root.integer("check_days", least=1),
        mend_days=root.integer("mend_days", least=1), refile_months=root.integer("refile_months", least=1),
        materials=tuple(materials), provenance=root.provenance,
    )  # fmt: skip
    root.done()
    return rules
