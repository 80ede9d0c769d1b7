"""Trying a plan on an event at high speed: who would have to do what by when, and where it would jam. Pure."""

from .bottlenecks import find_bottlenecks, pressure
from .event import Moment, read_event
from .playing import Change, Given, Tried, play
from .telling import told, try_plan

__all__ = [
    "Change", "Given", "Moment", "Tried", "find_bottlenecks", "play", "pressure", "read_event", "told", "try_plan",
]  # fmt: skip
