"""Pages of analysis, one file per noun."""

from .signals import signal, signals
from .stations import station, stations

__all__ = ["signal", "signals", "station", "stations"]
