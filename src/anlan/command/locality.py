"""What a province or city rules otherwise: overrides of reporting rules, with a source of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anlan.kernel.facts import Provenance, Record

from .data.reporting_deadlines import Reporting


@dataclass(frozen=True, slots=True)
class Override:
    """Other minutes per form for one rule."""

    limits: Mapping[str, int]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Locality:
    """`municipality` 直辖市: the level above a district is city and province in one. `off`: rules not in force."""

    name: str = ""
    municipality: bool = False
    rules: Mapping[str, Override] = field(default_factory=dict)
    off: frozenset[str] = frozenset()


NATIONAL = Locality()


def read_locality(given: Locality | Mapping[str, Any] | None, reporting: Reporting) -> Locality:
    """Read ``{"name", "municipality", "rules": {id: {"limits": {form: minutes}, "source", "confidence"}}, "off": []}``.

    Raises FactError for an unknown rule or form, a rule that has no limits to override, or a missing source.
    """
    if given is None:
        return NATIONAL
    if isinstance(given, Locality):
        return given
    r = Record("locality", "$", given)
    limited = {name for name, rule in reporting.rules.items() if rule.limits}
    rules = {}
    if r.has("rules"):
        part = r.record("rules")
        for name in part.data:
            one = part.record(name)
            if name not in limited:
                raise one.error(f"{name!r} names no rule with limits")
            limits = one.record("limits")
            for form in limits.data:
                if form not in reporting.forms:
                    raise limits.error(f"{form!r} names no form")
            rules[name] = Override({f: limits.integer(f, least=0) for f in limits.data}, one.provenance)
            limits.done()
            one.done()
    place = Locality(
        r.text("name", ""),
        r.flag("municipality", False),
        rules,
        frozenset(r.refer_all("off", reporting.rules, "rule", ())),
    )
    r.done()
    return place
