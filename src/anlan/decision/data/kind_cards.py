"""The rules of `kind_cards.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("kind_cards.yaml")


@dataclass(frozen=True, slots=True)
class KindCardRules:
    """Actor codes; `same`: the card's word → the directory's."""

    own: frozenset[str]
    placed: frozenset[str]
    at_site: frozenset[str]
    same: dict[str, str]
    provenance: Provenance


@cache
def kind_card_rules() -> KindCardRules:
    """Raises FactError."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    same = {}
    for r in root.records("same", "card"):
        same[r.text("card")] = r.text("directory")
        r.done()
    rules = KindCardRules(
        frozenset(root.texts("own")), frozenset(root.texts("placed")), frozenset(root.texts("at_site")), same, root.provenance
    )  # fmt: skip
    root.done()
    return rules
