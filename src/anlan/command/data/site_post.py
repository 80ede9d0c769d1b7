"""The rules of `site_post.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("site_post.yaml")


@dataclass(frozen=True, slots=True)
class Group:
    """`lead`: actor code of the organisation that leads it; `usual`: set up unless somebody says otherwise."""

    id: str
    zh: str
    lead: str
    usual: bool
    duty: str


@dataclass(frozen=True, slots=True)
class SiteRules:
    """Minutes: `silent` without a sign of life, `log_every` between entries, `handover` to take over."""

    groups: dict[str, Group]
    powers: tuple[tuple[str, Provenance], ...]
    silent: int
    log_every: int
    handover: int
    provenance: Provenance


@cache
def site_rules() -> SiteRules:
    """Raises FactError when the file says something unknown or of the wrong kind."""
    root = load_record(FILE)
    part, groups = root.record("groups"), {}
    for r in part.records("items"):
        groups[r.text("id")] = Group(r.text("id"), r.text("zh"), r.text("lead"), r.flag("default"), r.text("duty"))
        r.done()
    part.done()
    powers = []
    for r in root.records("powers"):
        r.text("id")
        powers.append((r.text("zh"), r.provenance))
        r.done()
    minutes = root.record("minutes")
    silent, log_every, handover = (minutes.integer(k, least=1) for k in ("silent", "log_every", "handover"))
    rules = SiteRules(groups, tuple(powers), silent, log_every, handover, minutes.provenance)
    minutes.done()
    root.done()
    return rules
