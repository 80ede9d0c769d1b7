"""分析: what the figures mean."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class SignalRaised(Event):
    """A criterion is reached somewhere (达到橙色标准), or reached at a higher or lower level than before.

    `level`: blue…red for warning standards. `change`: raised, levelled_up, levelled_down. `station` is empty where the signal is of
    a region; `place` names what it is of (``station:…``, ``region:…``, ``device:…``), `event` the event that it is part of.
    """

    subject: ClassVar[str] = "analysis.signal.raised"
    signal: str
    criterion: str
    station: str
    region: str
    level: str
    value: float
    unit: str
    clause: str
    text: str
    change: str = "raised"
    place: str = ""
    event: str = ""

    def live(self) -> dict[str, Any]:
        return {"signal": self.signal, "station": self.station, "level": self.level, "text": self.text}


@contract
class SignalCleared(Event):
    """The criterion is no longer reached, with its hysteresis."""

    subject: ClassVar[str] = "analysis.signal.cleared"
    signal: str
    criterion: str
    station: str
    region: str
    place: str = ""
    event: str = ""

    def live(self) -> dict[str, Any]:
        return {"signal": self.signal, "station": self.station}


@contract
class SignalVerified(Event):
    """Neighbouring stations, or a person, were asked whether a signal is true.

    `verdict`: supported, doubtful, undecided (too few neighbours) or confirmed (by a person).
    """

    subject: ClassVar[str] = "analysis.signal.verified"
    signal: str
    criterion: str
    station: str
    region: str
    verdict: str
    text: str = ""

    def live(self) -> dict[str, Any]:
        return {"signal": self.signal, "station": self.station, "verdict": self.verdict}


@contract
class SignalEventChanged(Event):
    """What several stations say of one hazard in a county, taken together, has changed.

    `level` is the highest that stands (empty when none does), `standing` how many signals are open. `change`: opened, changed,
    acknowledged, ended.
    """

    subject: ClassVar[str] = "analysis.event.changed"
    event: str
    region: str
    hazard: str
    scheme: str
    level: str
    standing: int
    text: str
    change: str

    def live(self) -> dict[str, Any]:
        return {"event": self.event, "level": self.level, "standing": self.standing, "text": self.text}


@contract
class FiguresUpdated(Event):
    """New regional figures as facts for plans: ``{"rain_24h_mm": {"max": 112.0, "profile": [[112.0, 62.0], …]}}``.

    `profile` lists (value, percent of the region's area by nearest gauge); `at` ends the period. Waterlogging comes by itself:
    ``{"waterlog_depth_cm": {"value": 60.0, "where": "…"}, "waterlog_points": {"each": [60.0, 34.0, 0.0], "unread": 1}}``, `at_least`
    in place of `value` where a point is unread. `obtained` is the share of
    readings that arrived for the longest window (0..1).
    """

    subject: ClassVar[str] = "analysis.figures.updated"
    region: str
    at: str
    figures: dict[str, Any]
    obtained: float = 1.0

    def live(self) -> dict[str, Any]:
        return {"region": self.region, "at": self.at}
