"""The rules of `trying_rules.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("trying_rules.yaml")


@dataclass(frozen=True, slots=True)
class TryingRules:
    many_at_once: int
    window_min: int
    sign_min: int
    most_lines: int
    most_cards: int
    provenance: Provenance


@cache
def trying_rules() -> TryingRules:
    """Raises FactError."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    rules = TryingRules(
        root.integer("many_at_once", least=2), root.integer("window_min", least=1), root.integer("sign_min", least=0),
        root.integer("most_lines", least=1), root.integer("most_cards", least=100), root.provenance,
    )  # fmt: skip
    root.done()
    return rules
