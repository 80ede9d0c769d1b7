"""What a signal does as the level of its criterion changes: raised, moved, refreshed, cleared. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from .criteria import Criterion
from .judging import Judged
from .levels import rank_of
from .models import Signal
from .proving import proof_of

Kind = Literal["raise", "up", "down", "refresh", "clear", "speak"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signal is of. `key` as in Signal.place_key; `station` the code of the station, if it is of one."""

    key: str
    name: str
    scope: str
    shared_with: tuple[str, ...] = ()
    station: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a signal does. `fields`: columns of the signal from then on. ``speak`` ends the silence of one that was
    judged false."""

    kind: Kind
    at: datetime
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """How a criterion stands at a place that is no single station: a region, a device. `level` "" means not reached.

    `said` holds ``words, text, value, unit, trace, proof`` of the level. `settled` False: it is not known to be left yet, so
    nothing is cleared or lowered.
    """

    place: Place
    criterion: Criterion
    at: datetime
    level: str
    said: dict[str, Any] = field(default_factory=dict)
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """The last signal of a criterion at a place: when it ended (time of the reading) and the highest level that it had reached."""

    at: datetime
    peak: str


@dataclass(slots=True)
class Track:
    """The changes of one criterion at one place, in their order, and the signal that they start from (None: none is open)."""

    place: Place
    criterion: Criterion
    signal: Signal | None
    changes: list[Change]


def track_station(
    place: Place, judged: Judged, stamps: Sequence[float], signal: Signal | None, sentence: str, ended: Ended | None = None
) -> Track:  # fmt: skip
    """Walk the new instants: what the signal of this station does at each. `sentence`: ``%(place)s%(words)s`` in words."""
    walk = _Walk(signal, judged.criterion, ended)
    for stamp in stamps:
        step = judged.stamps.index(stamp)
        at = datetime.fromtimestamp(stamp, UTC)
        if walk.quiet:
            level = judged.level_at(step, "")
            if rank_of(level) <= rank_of(walk.level):
                if judged.silent(step):
                    walk.speak(at)
                continue
            walk.speak(at)
        before = walk.level
        level = judged.level_at(step, before)
        if not walk.is_barred(at, level):
            walk.reach(at, level, _said(place, judged, step, level, sentence) if level else {})
    return Track(place, judged.criterion, signal, walk.changes)


def track_place(change: PlaceChange, signal: Signal | None, ended: Ended | None = None) -> Track:
    """The same for a place whose level was found otherwise."""
    walk = _Walk(signal, change.criterion, ended)
    if walk.quiet and (rank_of(change.level) > rank_of(walk.level) or (change.settled and not change.level)):
        walk.speak(change.at)
    if not walk.quiet and not walk.is_barred(change.at, change.level):
        lowered = not change.level or rank_of(change.level) < rank_of(walk.level)
        if change.settled or not lowered:
            walk.reach(change.at, change.level, {"level": change.level, **change.said} if change.level else {})
    return Track(change.place, change.criterion, signal, walk.changes)


class _Walk:
    """Where the signal stands while its instants are walked. `ended`: the one before it, whose hold-off may not be over."""

    def __init__(self, signal: Signal | None, criterion: Criterion, ended: Ended | None) -> None:
        self.quiet = signal is not None and signal.quiet
        self.level = signal.level if signal is not None else ""
        self.peak = signal.peak if signal is not None else ""
        self.rest, self.ended = timedelta(minutes=criterion.hold_off_min), ended
        self.changes: list[Change] = []

    def is_barred(self, at: datetime, level: str) -> bool:
        """Whether none stands and `level` is not raised again yet: at the first instant after the hold-off it is, if it still stands."""
        if self.level or not level or self.ended is None or at >= self.ended.at + self.rest:
            return False
        return rank_of(level) <= rank_of(self.ended.peak)

    def speak(self, at: datetime) -> None:
        self.changes.append(Change("speak", at))
        self.quiet, self.level, self.peak = False, "", ""

    def reach(self, at: datetime, level: str, said: dict[str, Any]) -> None:
        if level == self.level:
            if level:
                self._refresh(at, said)
            return
        if not level:
            self._add("clear", at, {"at": at, "peak": self.peak})
            self.ended, self.peak = Ended(at, self.peak), ""
        else:
            rank = rank_of(level)
            higher = rank > rank_of(self.peak)
            up = rank > rank_of(self.level)
            self.peak = level if higher or not self.peak else self.peak
            kind: Kind = "raise" if not self.level else "up" if up else "down"
            self._add(kind, at, {**said, "level": level, "rank": rank, "at": at, "peak": self.peak})
        self.level = level

    def _add(self, kind: Kind, at: datetime, fields: dict[str, Any]) -> None:
        self.changes.append(Change(kind, at, fields))

    def _refresh(self, at: datetime, said: dict[str, Any]) -> None:
        """The level stands: the signal shows the newest figure that proves it, or that it was judged, not what was hours ago."""
        fields = {"at": at, "trace": said.get("trace", [])}
        if said.get("value") is not None:
            fields |= {name: said[name] for name in ("text", "value", "unit", "proof") if name in said}
        if self.changes and self.changes[-1].kind == "refresh":
            self.changes[-1] = Change("refresh", at, {**self.changes[-1].fields, **fields})
        else:
            self._add("refresh", at, fields)


def _said(place: Place, judged: Judged, step: int, level: str, sentence: str) -> dict[str, Any]:
    proof = judged.proof(step, level)
    words = judged.levels[judged.index_of(level)].words
    text: str = sentence % {"station": place.name, "words": words}
    if proof["text"]:
        text = f"{text}：{proof['text']}"
    return {
        "words": words, "text": text[:200], "value": proof["value"], "unit": proof["unit"], "trace": proof["trace"],
        "proof": proof_of(judged, step, level, place.station or ""),
    }  # fmt: skip
