"""What a leaf of a criterion measures: a function of the readings over a window, or the widest that could follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

from anlan.kernel.conditions import Leaf

from ..data.criteria_files import Derivation, hours_of, shipped_derivations
from ..numerics.beaufort import beaufort
from ..numerics.verdicts import Column
from .rings import HOUR_S, Floats

DAY_S = 86400.0


class Measure(NamedTuple):
    """`fn`: value, sum, max, min, mean, rise, fall, held_above, held_below, or one that no ring answers. `seconds`: window."""

    fn: str
    seconds: float


class Figures(Protocol):
    """What bounds are worked out from: figures of some stations, and the stations' own levels."""

    def measure(self, name: str, measure: Measure) -> Column: ...

    def own(self, name: str) -> Floats: ...


#: The least and the greatest value that a leaf's figure could have.
Bounds = Callable[[Figures], tuple[Floats, Floats]]


def measure_of(leaf: Leaf, amounts: bool) -> Measure:
    """The measure of a leaf; `amounts` says whether the property adds up over a window."""
    fn = leaf.fn
    if leaf.consecutive_days:
        fn = "held"
    if fn == "held":
        return Measure("held_below" if leaf.op in ("<", "<=") else "held_above", leaf.seconds)
    if not fn:
        # Without a function a state is what was said for its window: the value as it came.
        return Measure("sum", leaf.seconds) if amounts and leaf.seconds else Measure("value", 0.0)
    return Measure(fn, leaf.seconds)


def measures_asked(leaf: Leaf, present: Iterable[str], amounts: bool) -> Iterator[tuple[str, Measure]]:
    """What must be kept so that the leaf can be answered at a station that measures `present`."""
    has = set(present)
    if leaf.var in has:
        yield leaf.var, measure_of(leaf, amounts)
    for way in shipped_derivations().get(leaf.var, ()):
        if way.source not in has:
            continue
        if way.how == "ratio":
            for name in way.own:
                yield way.source, Measure("sum", hours_of(name) * float(HOUR_S))
        else:
            seconds = _reach_s(way, leaf)
            yield from ((way.source, Measure(fn, seconds)) for fn in ("max", "min"))


def bounds_of(leaf: Leaf) -> list[Bounds]:
    """For each way in which the leaf's figure can be derived: how far it could lie at most."""
    return [_bounds(way, leaf) for way in shipped_derivations().get(leaf.var, ())]


def _reach_s(way: Derivation, leaf: Leaf) -> float:
    """Seconds of readings that the figure could depend on; 0 for the newest reading alone."""
    if way.how in ("beaufort", "above"):
        return leaf.seconds
    if way.how == "drop_of_min":
        return (leaf.seconds or DAY_S) + 2 * DAY_S
    return leaf.seconds + max(way.reach_h * float(HOUR_S), DAY_S)


def _bounds(way: Derivation, leaf: Leaf) -> Bounds:
    def ratio(figures: Figures) -> tuple[Floats, Floats]:
        shares = []
        for name in way.own:
            own = figures.own(name)
            with np.errstate(invalid="ignore", divide="ignore"):
                shares.append(
                    np.where(
                        own > 0, figures.measure(way.source, Measure("sum", hours_of(name) * 3600.0)).low / own, np.nan
                    )
                )
        stacked = np.stack(shares)
        most = np.where(np.isnan(stacked), -np.inf, stacked).max(axis=0)
        most = np.where(np.isneginf(most), np.nan, most)
        return np.where(np.isnan(most), np.nan, 0.0), most

    def spread(figures: Figures) -> tuple[Floats, Floats]:
        seconds = _reach_s(way, leaf)
        least = figures.measure(way.source, Measure("min", seconds)).high
        most = figures.measure(way.source, Measure("max", seconds)).low
        if way.how == "beaufort":
            return beaufort(least), beaufort(most)
        if way.how == "above":
            own = figures.own(way.own[0])
            return least - own, most - own
        if way.how == "drop_of_min":
            return np.where(np.isnan(most), np.nan, 0.0), most - least
        return least, most

    def newest(figures: Figures) -> tuple[Floats, Floats]:
        value = figures.measure(way.source, Measure("value", 0.0)).low
        if way.how == "beaufort":
            return beaufort(value), beaufort(value)
        own = figures.own(way.own[0])
        return value - own, value - own

    if way.how == "ratio":
        return ratio
    return newest if way.how in ("beaufort", "above") and not leaf.seconds else spread
