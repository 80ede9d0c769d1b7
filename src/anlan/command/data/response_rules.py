"""The rules of `response_rules.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.command.responses.loops import FIGURES
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
    figures: dict[str, tuple[str, ...]]
    provenance: Provenance

    def figures_of(self, card: str) -> tuple[str, ...] | None:
        """Names of the figures that reports on a card are asked for; None for a task by hand: any."""
        return self.figures.get(card, self.figures["other"]) if card else None


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

    known = {spec.name for spec in FIGURES}
    figures: dict[str, tuple[str, ...]] = {}
    for asked in root.records("figures", None):
        given = asked.refer_all("figures", known, "figure of a task")
        figures |= dict.fromkeys(asked.refer_all("cards", cards | {"other"}, "task card"), given)
        asked.done()
    if "other" not in figures:
        raise root.error("needs the figures of all other cards", "figures")
    rules = ResponseRules(
        done_by_signing=named("done_by_signing"),
        renewed_at_raise=named("renewed_at_raise"),
        kept_when_lowered=named("kept_when_lowered"),
        kept_when_ended=named("kept_when_ended"),
        acknowledge_min=root.integer("acknowledge_min", least=1),
        figures=figures,
        provenance=root.provenance,
    )
    root.done()
    return rules
