"""Things, datastreams and what was read of them: one file per noun."""

from .locations import HistoricalLocation
from .policies import Feeder, Retention
from .readings import Correction, Latest, RejectedReading
from .store import Block, Fold, Frame, HourBlock, Journal, Origin
from .things import Datastream, Thing

__all__ = [
    "Block",
    "Correction",
    "Datastream",
    "Feeder",
    "Fold",
    "Frame",
    "HistoricalLocation",
    "HourBlock",
    "Journal",
    "Latest",
    "Origin",
    "RejectedReading",
    "Retention",
    "Thing",
]
