"""Criteria: the standards of warning signals and the measurable response triggers, as data.

What a criterion raises is a signal of ours. It says that a standard is reached (达到橙色标准); it is never a warning
(橙色预警), which only its authority issues. `trying` tries criteria on series, `judging` judges a station by them; this
file says what a criterion is and which ones ship with the platform. Those in force at a moment: `book.in_force`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from math import ceil
from typing import Any

from anlan.kernel.conditions import AllOf, AnyOf, BadFacts, Condition, Leaf, Problem, Unless, leaves, relaxed
from anlan.kernel.facts import Provenance

from .data.criteria_files import shipped_derivations, shipped_response_criteria
from .data.warning_signals import shipped_signals
from .numerics.rain import TRUE
from .numerics.verdicts import Column, judge_series

Columns = dict[str, Column]
CLEAR_AFTER = 3
"""Readings in a row that must be known to lie below a level before it counts as left: a level must not flap."""


@dataclass(frozen=True)
class CriterionLevel:
    """`name` is blue…red for a warning standard, IV…I for a response; `words` what a signal says."""

    name: str
    when: Condition
    words: str

    @cached_property
    def stay(self) -> Condition:
        """What must be known to fail before the level counts as left: `when`, eased by the margins of its leaves."""
        return relaxed(self.when)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a criterion applies: inside `polygon` (GeoJSON, WGS84), or within `radius_km` of the thing `centre`, which may
    move: its newest ``lon_deg`` and ``lat_deg`` count, or where it stands."""

    polygon: Mapping[str, object] | None = None
    centre: str = ""
    radius_km: float = 0.0


@dataclass(frozen=True, slots=True)
class Criterion:
    """`scheme` is ``warning`` or ``response``; `levels` are lowest first; `hazard` the signal's or the plan's.

    `clear_after`: steps known to lie below a level before it is left (below by the margin of its leaves). `hold_off_min`:
    after the signal has ended it is not raised again for so long (minutes), unless at a higher level. `season`: pairs of
    ``MM-DD`` between which it applies, both days counted, over New Year too; none means all the year. `version`: the row of
    the book that it was read from, "" for what ships.
    """

    id: str
    zh: str
    scheme: str
    hazard: str
    levels: tuple[CriterionLevel, ...]
    provenance: Provenance
    clear_after: int = CLEAR_AFTER
    hold_off_min: float = 0.0
    season: tuple[tuple[str, str], ...] = ()
    place: Place | None = None
    version: str = ""

    @property
    def properties(self) -> frozenset[str]:
        """The variables of its leaves, and what they can be derived from at a station."""
        named = {leaf.var for level in self.levels for leaf in leaves(level.when)}
        return frozenset(named | {source for var in named for source in sources_of(var)})

    @property
    def windows(self) -> dict[str, frozenset[int]]:
        """Windows (whole hours, rounded up) that each property is asked for over, with what it may be derived from."""
        found: dict[str, set[int]] = {}
        for level in self.levels:
            for leaf in leaves(level.when):
                if leaf.seconds:
                    found.setdefault(leaf.var, set()).add(ceil(leaf.seconds / 3600))
                for derived in shipped_derivations().get(leaf.var, ()):
                    hours = ceil(leaf.seconds / 3600) + derived.reach_h
                    found.setdefault(derived.source, set()).add(max(1, hours))
        return {var: frozenset(hours) for var, hours in found.items()}

    def level(self, name: str) -> CriterionLevel | None:
        return next((lv for lv in self.levels if lv.name == name), None)

    def in_season(self, day: date) -> bool:
        """Whether it applies on that day of the place's own calendar."""
        said = f"{day:%m-%d}"
        return not self.season or any(
            first <= said <= last if first <= last else said >= first or said <= last for first, last in self.season
        )


def sources_of(var: str) -> tuple[str, ...]:
    """Properties that this figure is derived from where it is not measured itself."""
    return tuple(derived.source for derived in shipped_derivations().get(var, ()))


def with_derived(present: Iterable[str], own: Iterable[str] = ()) -> frozenset[str]:
    """What a station has that measures `present` and has the levels of its own `own` (``warning_m``): that and what follows."""
    measured, levels = set(present), set(own)
    return frozenset(measured) | {
        var
        for var, ways in shipped_derivations().items()
        if any(way.source in measured and (not way.own or levels & set(way.own)) for way in ways)
    }


@cache
def shipped_criteria() -> tuple[Criterion, ...]:
    """Every standard of the warning signals (observed criteria) and every measurable response trigger."""
    return (*warning_criteria(), *response_criteria())


@cache
def warning_criteria() -> tuple[Criterion, ...]:
    signals = shipped_signals()
    found = []
    for signal in signals.signals.values():
        levels = [
            CriterionLevel(lv.colour, lv.observed, f"达到{signal.zh}{signals.colours[lv.colour].zh}标准")
            for lv in reversed(signal.levels)
        ]
        found.append(Criterion(signal.id, signal.zh, "warning", signal.id, tuple(levels), signal.provenance))
    return tuple(found)


@cache
def response_criteria() -> tuple[Criterion, ...]:
    return tuple(
        Criterion(
            one.id,
            one.zh,
            "response",
            one.hazard,
            tuple(CriterionLevel(name, when, f"达到{one.zh}{name}级条件") for name, when in one.levels),
            one.provenance,
        )
        for one in shipped_response_criteria()
    )


def criteria_named(name: str | None) -> Sequence[Criterion]:
    """All shipped criteria, or the one of that id. Raises BadFacts naming those there are."""
    if name is None:
        return shipped_criteria()
    found = [c for c in shipped_criteria() if c.id == name]
    if not found:
        wanted = "、".join(c.id for c in shipped_criteria())
        raise BadFacts([Problem("criterion", "unknown_criterion", f"没有“{name}”这条判据；可用的有 {wanted}")])
    return found


def for_one_station(level: CriterionLevel, present: Iterable[str], own: Iterable[str] = ()) -> CriterionLevel | None:
    """The level without the alternatives that one station with these properties can never decide, or None.

    `own`: the levels of its own that a stage is compared with (``warning_m``).
    """
    when = _decidable(level.when, with_derived(present, own))
    return replace(level, when=when) if when else None


def _decidable(condition: Condition, present: frozenset[str]) -> Condition | None:
    match condition:
        case Leaf():
            return condition if condition.var in present and condition.area_pct is None else None
        case AnyOf(parts):
            kept = [p for p in (_decidable(part, present) for part in parts) if p]
            return AnyOf(tuple(kept)) if kept else None
        case AllOf(parts):
            found = [part if isinstance(part, Unless) else _decidable(part, present) for part in parts]
            return condition if None not in found else None
    return condition


def proving_leaf(condition: Condition, columns: Columns, step: int) -> Leaf | None:
    """The first leaf of the level that is true at that step: its figure is the one to show."""
    for leaf in leaves(condition):
        here = at_step(columns, leaf.key, step)
        if here and judge_series(leaf, here, 1)[0] == TRUE:
            return leaf
    return None


def at_step(columns: Mapping[str, Column], key: str, step: int) -> dict[str, Any]:
    """One figure at one step, as columns of length 1; nothing when it is not there."""
    found = columns.get(key)
    return {} if found is None else {key: Column(found.low[step : step + 1], found.high[step : step + 1])}
