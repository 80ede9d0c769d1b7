"""The rules of `proposing_rules.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from anlan.kernel.conditions import Condition, Vocabulary
from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("proposing_rules.yaml")


@dataclass(frozen=True, slots=True)
class Hold:
    """How long, and under which further condition, figures stay below a level before lowering is proposed."""

    hazard: str
    hold: timedelta
    when: Condition | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ProposingRules:
    fresh: timedelta
    depths_fresh: timedelta
    quiet: timedelta
    calm: timedelta
    holds: dict[str, Hold]
    provenance: Provenance

    def hold_of(self, hazard: str) -> Hold:
        return self.holds.get(hazard) or self.holds["default"]


@cache
def proposing_rules() -> ProposingRules:
    """Raises FactError when the file is not machine-readable throughout."""
    return load_rules(FILE)


def load_rules(path: Path) -> ProposingRules:
    root = load_record(path)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    holds = {}
    for r in root.records("hold", "hazard"):
        when = r.condition("when", Vocabulary(), None)
        holds[r.text("hazard")] = Hold(
            r.text("hazard"), timedelta(hours=r.number("hold_h", least=0)), when, r.provenance
        )
        r.done()
    if "default" not in holds:
        raise root.error("needs an entry for default", "hold")
    rules = ProposingRules(
        timedelta(minutes=root.number("figures_fresh_min", least=1)),
        timedelta(minutes=root.number("depths_fresh_min", least=1)),
        timedelta(hours=root.number("quiet_h", least=0)),
        timedelta(hours=root.number("calm_h", least=0)),
        holds,
        root.provenance,
    )
    root.done()
    return rules
