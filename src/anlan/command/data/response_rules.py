"""The rules of `response_rules.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.decision.data.response_levels import shipped_plans
from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("response_rules.yaml")


@dataclass(frozen=True, slots=True)
class ResponseRules:
    done_by_signing: frozenset[str]
    renewed_at_raise: frozenset[str]
    kept_when_lowered: frozenset[str]
    kept_when_ended: frozenset[str]
    acknowledge_min: int
    provenance: Provenance


@cache
def response_rules() -> ResponseRules:
    """Raises FactError when a card is named that no shipped plan has."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    cards = {task.id for plan in shipped_plans() for level in plan.levels for task in level.tasks}

    def named(key: str) -> frozenset[str]:
        return frozenset(root.refer_all(key, cards, "task card"))

    rules = ResponseRules(
        done_by_signing=named("done_by_signing"),
        renewed_at_raise=named("renewed_at_raise"),
        kept_when_lowered=named("kept_when_lowered"),
        kept_when_ended=named("kept_when_ended"),
        acknowledge_min=root.integer("acknowledge_min", least=1),
        provenance=root.provenance,
    )
    root.done()
    return rules
