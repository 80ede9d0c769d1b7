"""The board: all stations of a world with their windows, and which of them may have changed their level. Pure numpy.

The board is a gate. It says where a criterion may stand at another level than before; whether it does is then judged from
the readings themselves by the same functions that try a criterion on a series. The gate may let through too much (thresholds
are loosened by the rounding of single precision, windows that are no multiple of a bucket are widened), never too little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anlan.kernel.conditions import AllOf, AnyOf, Condition, Leaf, Not, Unless, leaves

from ..criteria import Criterion, for_one_station
from ..numerics.rain import TRUE, Verdicts, all_of, any_of
from ..numerics.verdicts import Column, judge_series
from .buckets import is_long, step_of, width_of
from .loosening import loosened
from .measured import measured
from .measures import Measure, bounds_of, measure_of, measures_asked
from .rings import HOUR_S, NEVER, Floats, Ints, Ring

#: Stations with an open signal are judged again at least this often (s), so that the signal shows the newest figure.
REFRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Stream:
    """One datastream as the board needs it. `interval_s`: seconds between the readings that are expected."""

    pk: int
    station: str
    property: str
    interval_s: int


@dataclass(frozen=True, slots=True)
class Touched:
    """A station whose level may have changed: judge it at these times (s)."""

    station: str
    times: tuple[int, ...]


@dataclass(slots=True)
class _Watched:
    """A criterion as a kind of station is watched by: loosened conditions, lowest level first."""

    index: int
    names: tuple[str, ...]
    conditions: tuple[Condition, ...]
    clear_after: int


@dataclass(slots=True)
class _Kind:
    """Stations that measure the same properties and stand under the same criteria."""

    watched: list[_Watched] = field(default_factory=list)


class Board:
    """Built from the datastreams and, for each station, the criteria that apply to it."""

    def __init__(
        self,
        streams: Sequence[Stream],
        criteria_of: Callable[[str], Sequence[Criterion]],
        amounts: Callable[[str], bool],
        own_of: Callable[[str], Mapping[str, float]] = lambda _code: {},
    ) -> None:
        self.streams = list(streams)
        self.stations = sorted({s.station for s in streams})
        self.place = {code: i for i, code in enumerate(self.stations)}
        present: dict[str, set[str]] = defaultdict(set)
        for stream in streams:
            present[stream.station].add(stream.property)
        self._amounts = amounts
        self._criteria: dict[str, int] = {}
        self._kinds: list[_Kind] = []
        self.kind_of = np.zeros(len(self.stations), dtype=np.int32)
        self._measures: dict[str, set[Measure]] = defaultdict(set)
        #: Levels of a station's own (``warning_m``) by name; NaN where it has none.
        self.own: dict[str, Floats] = {}
        self._sort_stations(present, criteria_of, own_of)
        most = max((s.pk for s in streams), default=0)
        self.ring_of = np.full(most + 1, -1, dtype=np.int32)
        self.row_of = np.full(most + 1, -1, dtype=np.int64)
        self.station_of = np.full(most + 1, -1, dtype=np.int64)
        self.rings: list[Ring] = []
        #: property → (ring index, row) of each station's datastream; -1 where it has none.
        self._at: dict[str, tuple[NDArray[np.int32], Ints]] = {}
        self._lay_rings()
        #: By criterion and station: index of the level in force (-1 none), steps known to lie below it, last judged (wall s).
        self.present = np.full((len(self._criteria), len(self.stations)), -1, dtype=np.int8)
        self.below = np.full((len(self._criteria), len(self.stations)), 1000, dtype=np.int16)
        self.judged = np.zeros(len(self.stations))

    # --- building -------------------------------------------------------------------------------------------------

    def _sort_stations(
        self,
        present: Mapping[str, set[str]],
        criteria_of: Callable[[str], Sequence[Criterion]],
        own_of: Callable[[str], Mapping[str, float]],
    ) -> None:
        known: dict[tuple[frozenset[str], frozenset[str], tuple[int, ...]], int] = {}
        # Criteria are told apart by identity: as long as the board lives, so do they.
        self._kept: list[Sequence[Criterion]] = []
        for i, code in enumerate(self.stations):
            applied, levels = criteria_of(code), own_of(code)
            for name, level in levels.items():
                self.own.setdefault(name, np.full(len(self.stations), np.nan))[i] = level
            key = (frozenset(present[code]), frozenset(levels), tuple(map(id, applied)))
            if key not in known:
                known[key] = len(self._kinds)
                self._kept.append(applied)
                self._kinds.append(self._kind(applied, present[code], frozenset(levels)))
            self.kind_of[i] = known[key]

    def _kind(self, criteria: Sequence[Criterion], present: set[str], own: frozenset[str]) -> _Kind:
        kind = _Kind()
        for criterion in criteria:
            if not criterion.properties & present:
                continue
            levels = [lv for lv in (for_one_station(lv, present, own) for lv in criterion.levels) if lv]
            if not levels:
                continue
            for level in levels:
                for leaf in leaves(level.when):
                    for name, measure in measures_asked(leaf, present, self._amounts(leaf.var)):
                        self._measures[name].add(measure)
            index = self._criteria.setdefault(criterion.id, len(self._criteria))
            kind.watched.append(
                _Watched(
                    index,
                    tuple(lv.name for lv in levels),
                    tuple(loosened(lv.when) for lv in levels),
                    criterion.clear_after,
                )
            )
        return kind

    def _lay_rings(self) -> None:
        groups: dict[tuple[str, int], list[Stream]] = defaultdict(list)
        for stream in self.streams:
            groups[stream.property, step_of(stream.interval_s)].append(stream)
        for (name, step), own in sorted(groups.items()):
            amounts = self._amounts(name)
            for coarse in (False, True):
                bucket = HOUR_S if coarse else step
                # Where readings do not come one a bucket, a window is looked at a bucket shorter and a bucket longer.
                exact = not coarse and all(s.interval_s == bucket for s in own)
                asked = [(m.fn, width_of(m.seconds, bucket)) for m in self._windows(name, step, coarse)]
                if coarse and not asked:
                    continue
                sums = {w + more for fn, w in asked if fn in ("sum", "mean") for more in ((0,) if exact else (0, 1))}
                slots = max([2, *(w + 1 for _fn, w in asked)]) + (1 if exact else 3)
                ring = Ring(len(own), bucket, slots, amounts=amounts, sums=sorted(sums), exact=exact)
                self._place(name, own, ring, coarse)

    def _place(self, name: str, own: Sequence[Stream], ring: Ring, coarse: bool) -> None:
        index = len(self.rings)
        self.rings.append(ring)
        key = f"{name}/long" if coarse else name
        empty = (np.full(len(self.stations), -1, dtype=np.int32), np.zeros(len(self.stations), dtype=np.int64))
        rings, rows = self._at.setdefault(key, empty)
        for row, stream in enumerate(own):
            station = self.place[stream.station]
            rings[station], rows[station] = index, row
            if not coarse:
                self.ring_of[stream.pk], self.row_of[stream.pk] = index, row
            self.station_of[stream.pk] = station

    def _windows(self, name: str, step: int, coarse: bool) -> list[Measure]:
        """Windows of a property that the fine ring (or the one of whole hours) answers."""
        found = [m for m in self._measures[name] if m.seconds]
        return [m for m in found if is_long(m.seconds, step) == coarse]

    def nbytes(self) -> int:
        """Bytes that the windows hold."""
        return sum(ring.nbytes() for ring in self.rings) + self.present.nbytes + self.below.nbytes

    # --- taking in ------------------------------------------------------------------------------------------------

    def knows(self, streams: Ints) -> NDArray[np.bool_]:
        """Which of these datastreams the board holds."""
        inside = (streams >= 0) & (streams < len(self.ring_of))
        found: NDArray[np.bool_] = inside.copy()
        found[inside] = self.ring_of[streams[inside]] >= 0
        return found

    def newest(self, stream: int) -> int | None:
        """The time (s) of a datastream's newest known reading that the board has taken in; None for none."""
        if not self.knows(np.array([stream]))[0]:
            return None
        at = int(self.rings[int(self.ring_of[stream])].newest[int(self.row_of[stream])])
        return at if at != NEVER else None

    def reach_s(self, stream: int) -> int:
        """How far back (s) the windows of a datastream's property reach."""
        long = self._long_of(stream)
        ring = long[0] if long is not None else self.rings[int(self.ring_of[stream])]
        return ring.slots * ring.step_s

    def fill(self, stream: int, times: Ints, values: Floats) -> None:
        """Lay the whole series of a datastream (seconds, ascending) into the windows; used when the board is built."""
        known = ~np.isnan(values)
        times, values = times[known], values[known]
        ring, row = int(self.ring_of[stream]), int(self.row_of[stream])
        self.rings[ring].fill(row, times, values)
        long = self._long_of(stream)
        if long is not None:
            long[0].fill(long[1], times, values)

    def _long_of(self, stream: int) -> tuple[Ring, int] | None:
        name = self._name_of(int(self.ring_of[stream]))
        at = self._at.get(f"{name}/long")
        station = int(self.station_of[stream])
        return (self.rings[at[0][station]], int(at[1][station])) if at is not None and at[0][station] >= 0 else None

    def _name_of(self, ring: int) -> str:
        if not hasattr(self, "_names"):
            self._names = {
                int(i): key for key, (rings, _rows) in self._at.items() for i in np.unique(rings[rings >= 0])
            }
        return self._names[ring]

    def take(
        self, streams: Ints, times: Ints, values: Floats, *, wall: float = 0.0, judge: bool = True
    ) -> list[Touched]:
        """Take new readings in (each datastream and time once; seconds) and say which stations must be judged, and at what times.

        Of one station the readings are taken in the order of their times, and it is looked at after each.
        """
        # What is known to be missing moves nothing: a station stands where its newest known reading stands.
        known = ~np.isnan(values)
        streams, times, values = streams[known], times[known], values[known]
        order = np.lexsort((times, streams))
        streams, times, values = streams[order], times[order], values[order]
        begins = np.r_[True, streams[1:] != streams[:-1]] if len(streams) else np.zeros(0, dtype=bool)
        starts = np.flatnonzero(begins)
        turn = np.arange(len(streams)) - np.repeat(starts, np.diff(np.r_[starts, len(streams)]))
        touched: dict[int, set[int]] = defaultdict(set)
        for n in range(int(turn.max()) + 1 if len(turn) else 0):
            now = turn == n
            self._put(streams[now], times[now], values[now])
            if judge:
                stations, first = np.unique(self.station_of[streams[now]], return_index=True)
                for station in self._gate(stations, wall):
                    touched[int(station)].add(int(times[now][first[np.searchsorted(stations, station)]]))
        if touched:
            # Every new reading of a station that is judged at all counts, also those after which the gate saw no change.
            for station, time in zip(self.station_of[streams], times, strict=True):
                if int(station) in touched:
                    touched[int(station)].add(int(time))
        return [Touched(self.stations[i], tuple(sorted(found))) for i, found in sorted(touched.items())]

    def _put(self, streams: Ints, times: Ints, values: Floats) -> None:
        rings = self.ring_of[streams]
        for index in np.unique(rings):
            own = rings == index
            self.rings[index].put(self.row_of[streams[own]], times[own], values[own])
            at = self._at.get(f"{self._name_of(int(index))}/long")
            if at is None:
                continue
            stations = self.station_of[streams[own]]
            for coarse in np.unique(at[0][stations]):
                mine = at[0][stations] == coarse
                if coarse >= 0:
                    self.rings[coarse].put(at[1][stations[mine]], times[own][mine], values[own][mine])

    def look_at_all(self, now_s: int, *, wall: float) -> list[Touched]:
        """Stations that stand at another level than they are noted at, by their newest readings. One whose newest reading is older
        than two of its intervals (an hour at least) says nothing of now."""
        newest = np.full(len(self.stations), NEVER)
        patience = np.full(len(self.stations), HOUR_S, dtype=np.int64)
        for stream in self.streams:
            at, station = self.newest(stream.pk), self.place[stream.station]
            if at is not None:
                newest[station] = max(newest[station], at)
            patience[station] = max(patience[station], 2 * stream.interval_s)
        standing = np.flatnonzero(newest >= now_s - patience)
        return [Touched(self.stations[i], (int(newest[i]),)) for i in self._gate(standing, wall)]

    # --- the gate -------------------------------------------------------------------------------------------------

    def _gate(self, stations: Ints, wall: float) -> Ints:
        """Stations (indices) whose level may have changed, or whose open signal has not been looked at for a while."""
        chosen = []
        kinds = self.kind_of[stations]
        for index in np.unique(kinds):
            kind, own = self._kinds[index], stations[kinds == index]
            if not kind.watched:
                continue
            figures = _Figures(self, own)
            stirred = np.zeros(len(own), dtype=bool)
            for watched in kind.watched:
                stirred |= self._stirred(watched, own, figures)
            standing = (self.present[:, own] >= 0).any(axis=0) & (wall - self.judged[own] >= REFRESH_S)
            chosen.append(own[stirred | standing])
        found: Ints = np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
        self.judged[found] = wall
        return found

    def _stirred(self, watched: _Watched, own: Ints, figures: _Figures) -> NDArray[np.bool_]:
        verdicts = np.stack([figures.judge(condition) for condition in watched.conditions])
        reached = verdicts == TRUE
        top = np.where(reached.any(axis=0), len(watched.names) - 1 - reached[::-1].argmax(axis=0), -1)
        present = self.present[watched.index, own]
        stands = present >= 0
        falling = stands & (top < present)
        sure = np.zeros(len(own), dtype=bool)
        at = np.flatnonzero(falling)
        sure[at] = verdicts[present[at], at] != TRUE
        below = self.below[watched.index, own]
        below = np.where(sure, np.minimum(below + 1, 2000), np.where(stands, 0, below))
        self.below[watched.index, own] = below
        return np.asarray((top > present) | (falling & (below >= watched.clear_after)))

    def stand(self, station: str, levels: Mapping[str, str]) -> None:
        """Note the level in force of each criterion at a station (criterion id → level name; absent: none)."""
        i = self.place.get(station)
        if i is None:
            return
        for watched in self._kinds[self.kind_of[i]].watched:
            name = levels.get(self._id_of(watched.index), "")
            level = watched.names.index(name) if name in watched.names else -1
            if level != self.present[watched.index, i]:
                # For how long it has been below already is not known here: the next that falls is looked at closely.
                self.below[watched.index, i] = 1000
            self.present[watched.index, i] = level

    def _id_of(self, index: int) -> str:
        if not hasattr(self, "_ids"):
            self._ids = {i: key for key, i in self._criteria.items()}
        return self._ids[index]

    def stream_at(self, name: str, stations: Ints, *, long: bool) -> tuple[NDArray[np.int32], Ints]:
        """Ring and row of the property's datastream at each station; ring -1 where there is none."""
        key = f"{name}/long" if long else name
        if key not in self._at:
            return np.full(len(stations), -1, dtype=np.int32), np.zeros(len(stations), dtype=np.int64)
        rings, rows = self._at[key]
        return rings[stations], rows[stations]


class _Figures:
    """The figures of some stations, worked out when a condition asks for them."""

    def __init__(self, board: Board, stations: Ints) -> None:
        self.board, self.stations = board, stations
        self._columns: dict[tuple[str, Measure], Column] = {}

    def judge(self, condition: Condition) -> Verdicts:
        n = len(self.stations)
        match condition:
            case AnyOf(parts):
                return any_of([self.judge(p) for p in parts])
            case AllOf(parts):
                return all_of([self.judge(p) for p in parts])
            case Not() | Unless():
                # Figures here err to the wide side; what is denied must therefore count as possible.
                return np.full(n, TRUE)
            case Leaf():
                return judge_series(condition, {condition.key: self.column(condition)}, n)
        return np.full(n, TRUE)

    def column(self, leaf: Leaf) -> Column:
        """The figure of a leaf; where it is not measured, the widest that could follow from what is."""
        measure = measure_of(leaf, self.board._amounts(leaf.var))
        found = self.measure(leaf.var, measure)
        for bounds in bounds_of(leaf):
            gap = np.isnan(found.low) & np.isnan(found.high)
            if not gap.any():
                break
            low, high = bounds(self)
            found = Column(np.where(gap, high, found.low), np.where(gap, low, found.high))
        return found

    def own(self, name: str) -> Floats:
        """A level of the stations' own, NaN where there is none."""
        held = self.board.own.get(name)
        return held[self.stations] if held is not None else np.full(len(self.stations), np.nan)

    def measure(self, name: str, measure: Measure) -> Column:
        key = (name, measure)
        if key not in self._columns:
            self._columns[key] = self._measure(name, measure)
        return self._columns[key]

    def _measure(self, name: str, measure: Measure) -> Column:
        n = len(self.stations)
        low, high = np.full(n, np.nan), np.full(n, np.nan)
        fine, fine_rows = self.board.stream_at(name, self.stations, long=False)
        for index in np.unique(fine[fine >= 0]):
            mine = fine == index
            ring, rows = self.board.rings[index], fine_rows[mine]
            step = ring.step_s
            if is_long(measure.seconds, step):
                coarse, coarse_rows = self.board.stream_at(name, self.stations[mine], long=True)
                ring, rows = self.board.rings[coarse[0]], coarse_rows
            found = measured(ring, rows, measure, step)
            low[mine], high[mine] = found.low, found.high
        return Column(low, high)
