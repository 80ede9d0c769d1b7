"""The rules of `cooperation.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("cooperation.yaml")
#: The four mechanisms of coordination, in the order in which they are shown.
KINDS = ("department", "region", "military", "social")


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes from the request: until there is an answer, until somebody is there."""

    answer: int
    arrive: int


@dataclass(frozen=True, slots=True)
class CooperationRules:
    """`pace` by kind of partner; `review_days` and `remind_days` before an agreement ends."""

    pace: dict[str, Pace]
    review_days: int
    remind_days: int
    provenance: Provenance


@cache
def cooperation_rules() -> CooperationRules:
    """Raises FactError when the file says something unknown or of the wrong kind."""
    root = load_record(FILE)
    minutes, pace = root.record("minutes"), {}
    for kind in KINDS:
        part = minutes.record(kind)
        pace[kind] = Pace(part.integer("answer", least=1), part.integer("arrive", least=1))
        part.done()
    agreement = root.record("agreement")
    rules = CooperationRules(
        pace, agreement.integer("review_days", least=1), agreement.integer("remind_days", least=1), minutes.provenance
    )
    for part in (minutes, agreement, root):
        part.done()
    return rules
