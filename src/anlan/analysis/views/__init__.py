"""Pages of analysis, one file per noun."""

from .events import acknowledge, event
from .signals import signal, signals
from .stations import station, stations

__all__ = ["acknowledge", "event", "signal", "signals", "station", "stations"]
