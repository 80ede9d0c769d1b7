"""What one station measured as courses of arrays, what follows from it, and the figures that criteria ask for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from anlan.kernel.conditions import Leaf, leaves

from .criteria import Columns, Criterion
from .data.criteria_files import Derivation, hours_of, shipped_derivations, shipped_properties
from .numerics.beaufort import beaufort
from .numerics.days import day_extremes, days_held
from .numerics.verdicts import Column
from .numerics.windows import MEAN_NEEDS, Course, Floats, column, interval_of, interval_of_amounts
from .series import Reading

HOUR_S = 3600.0
DAY_S = 86400.0


def courses_of(readings: Iterable[Reading], intervals: Mapping[str, float] | None = None) -> dict[str, Course]:
    """The readings of one station by property, each time once. `intervals`: s between expected readings, else the usual step.

    An amount is expected at least every hour: a gap must not be read as a longer period.
    """
    by_property: dict[str, list[tuple[float, float]]] = {}
    for reading in readings:
        by_property.setdefault(reading.property, []).append((reading.stamp, reading.value))
    found = {}
    for name, own in by_property.items():
        pairs = np.array(sorted(own), dtype=np.float64).reshape(-1, 2)
        times, values = pairs[:, 0], pairs[:, 1]
        found[name] = Course(times, values, (intervals or {}).get(name) or usual_interval(name, times))
    return found


def usual_interval(name: str, times: Floats) -> float:
    """The step at which readings of a property come, as far as their times show it (s)."""
    return interval_of_amounts(times) if _adds_up(name) else interval_of(times, HOUR_S)


def stamps_of(courses: Mapping[str, Course]) -> Floats:
    """All times at which something was read, ascending."""
    times = [course.times for course in courses.values()]
    if len(times) == 1:
        return times[0]
    return np.unique(np.concatenate(times)) if times else np.zeros(0)


def columns_of(
    courses: Mapping[str, Course], stamps: Floats, criteria: Sequence[Criterion], own: Mapping[str, float] | None = None
) -> Columns:
    """The figures that `criteria` ask of one station, by fact key, at its `stamps`.

    A figure is worked out at the readings of its property and stands until the next reading is due; then it is unknown.
    What is not measured is derived where it can be (`data/properties.yaml`); `own`: the station's own levels.
    """
    made: Columns = {name: _standing(Column.exact(c.known().values), c.known(), stamps) for name, c in courses.items()}
    figures = Figures(courses, own or {})
    for criterion in criteria:
        for level in criterion.levels:
            for leaf in leaves(level.when):
                if leaf.key not in made and leaf.kind == "number":
                    found = figures.figure(leaf, stamps)
                    if found is not None:
                        made[leaf.key] = found
    return made


class Figures:
    """The figures of one station; what several leaves ask for is worked out once."""

    def __init__(self, courses: Mapping[str, Course], own: Mapping[str, float]) -> None:
        self.courses, self.own = courses, own
        self._derived: dict[str, Course] = {}

    def figure(self, leaf: Leaf, stamps: Floats) -> Column | None:
        """One leaf's figure at `stamps`; None where the station can say nothing of it."""
        if leaf.var in self.courses:
            return self._of_course(leaf, self.courses[leaf.var], stamps)
        for way in shipped_derivations().get(leaf.var, ()):
            if way.source not in self.courses or (way.own and not any(name in self.own for name in way.own)):
                continue
            if way.how == "drop_of_min":
                return self._drop(way, leaf, stamps)
            if leaf.var not in self._derived:
                self._derived[leaf.var] = _DERIVED[way.how](self.courses[way.source], way, self.own)
            return self._of_course(leaf, self._derived[leaf.var], stamps)
        return None

    def _of_course(self, leaf: Leaf, course: Course, stamps: Floats) -> Column:
        if leaf.fn in ("silence", "obtained"):
            return column(course, leaf.fn, leaf.seconds, stamps)
        known = course.known()
        if leaf.consecutive_days:
            return _standing(days_held(known, leaf.consecutive_days, leaf.op), known, stamps)
        fn = leaf.fn
        if fn == "held" and leaf.op in ("<", "<="):
            fn = "held_below"
        if not fn and leaf.seconds and _adds_up(leaf.var):
            fn = "sum"
        # Without a function a state is what was said for that window (a drop of 48 h): its value as it came.
        return _standing(column(known, fn, leaf.seconds if fn else 0), known, stamps)

    def _drop(self, way: Derivation, leaf: Leaf, stamps: Floats) -> Column:
        source = self.courses[way.source].known()
        key = f"{way.source}/24h"
        if key not in self._derived:
            self._derived[key] = _least_of_day(source) if way.source == "air_temp_c" else source
        lows = self._derived[key].known()
        return _standing(column(lows, "fall", leaf.seconds or DAY_S), lows, stamps)


def _adds_up(name: str) -> bool:
    known = shipped_properties().get(name)
    return known is not None and known.adds_up


def _standing(figure: Column, known: Course, stamps: Floats) -> Column:
    """The figure at each stamp: that of the newest reading, until the next one is due."""
    if stamps.size == known.times.size and np.array_equal(stamps, known.times):
        return figure
    if not known.times.size:
        nothing = np.full(stamps.shape, np.nan)
        return Column(nothing, nothing)
    newest = np.maximum(np.searchsorted(known.times, stamps, side="right") - 1, 0)
    age = stamps - known.times[newest]
    stands = (age == 0) | ((age > 0) & (age < known.interval_s))
    return Column(np.where(stands, figure.low[newest], np.nan), np.where(stands, figure.high[newest], np.nan))


def _least_of_day(course: Course) -> Course:
    """The least of the 24 h up to each reading, where at least 90 % of them were obtained."""
    least = column(course, "min", DAY_S)
    share = column(course, "obtained", DAY_S).low
    enough = share >= 100 * MEAN_NEEDS
    return Course(course.times, np.where(enough, least.high, np.nan), course.interval_s)


def _beaufort(course: Course, way: Derivation, own: Mapping[str, float]) -> Course:
    return Course(course.times, beaufort(course.values), course.interval_s)


def _day_max(course: Course, way: Derivation, own: Mapping[str, float]) -> Course:
    known = course.known()
    return Course(known.times, day_extremes(known, np.fmax), known.interval_s)


def _day_min(course: Course, way: Derivation, own: Mapping[str, float]) -> Course:
    known = course.known()
    return Course(known.times, day_extremes(known, np.fmin), known.interval_s)


def _min(course: Course, way: Derivation, own: Mapping[str, float]) -> Course:
    known = course.known()
    return Course(known.times, column(known, "min", way.window_h * HOUR_S).high, known.interval_s)


def _above(course: Course, way: Derivation, own: Mapping[str, float]) -> Course:
    return Course(course.times, np.round(course.values - own[way.own[0]], 6), course.interval_s)


def _ratio(course: Course, way: Derivation, own: Mapping[str, float]) -> Course:
    """The largest share of the station's own amounts; what is missing only makes it a lower bound, as for sums."""
    known = course.known()
    shares = [
        column(known, "sum", hours_of(name) * HOUR_S).low / own[name] for name in way.own if own.get(name, 0.0) > 0
    ]
    largest = np.max(np.stack(shares), axis=0) if shares else np.full(known.times.shape, np.nan)
    return Course(known.times, np.round(largest, 6), known.interval_s)


_DERIVED: dict[str, Callable[[Course, Derivation, Mapping[str, float]], Course]] = {
    "beaufort": _beaufort, "day_max": _day_max, "day_min": _day_min, "min": _min, "above": _above, "ratio": _ratio,
}  # fmt: skip
