"""The rules of `plan_validity.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

from .plan_document import TYPES

FILE = Path(__file__).with_name("plan_validity.yaml")
KINDS = ("rewrite", "revise")
APPROVERS = ("hq_office_head", "deputy", "commander", "top_leader")


@dataclass(frozen=True, slots=True)
class Reason:
    """`after_months` and `lead_days` are set for reasons that come with time."""

    id: str
    zh: str
    then: str
    by_itself: bool
    after_months: int | None
    lead_days: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class TypeRule:
    approver: str
    filed_with: str


@dataclass(frozen=True, slots=True)
class ValidityRules:
    reasons: dict[str, Reason]
    drafting_days: dict[str, int]
    review_days: int
    filing_days: int
    types: dict[str, TypeRule]


@cache
def validity_rules() -> ValidityRules:
    """Raises FactError when the file is not machine-readable throughout."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    reasons, types = {}, {}
    for r in root.records("reasons"):
        reasons[r.text("id")] = Reason(
            r.text("id"), r.text("zh"), r.one_of("then", KINDS), r.flag("by_itself"), r.integer("after_months", None, least=1),
            r.integer("lead_days", 0, least=0), r.provenance,
        )  # fmt: skip
        r.done()
    for t in root.records("types"):
        types[t.one_of("id", TYPES)] = TypeRule(t.one_of("approver", APPROVERS), t.text("filed_with"))
        t.done()
    if set(types) != set(TYPES):
        raise root.error("must name every type of plan", "types")
    work = root.record("work")
    rules = ValidityRules(
        reasons, {kind: work.integer(f"{kind}_days", least=1) for kind in KINDS}, work.integer("review_days", least=1),
        work.integer("filing_days", least=1), types,
    )  # fmt: skip
    work.done()
    _ = root.provenance
    root.done()
    return rules
