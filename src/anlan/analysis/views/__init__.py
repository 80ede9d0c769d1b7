"""Pages of analysis, one file per noun."""

from .events import acknowledge, event
from .signals import signal, signals
from .stations import readings_sheet, station, stations, stations_sheet

__all__ = ["acknowledge", "event", "readings_sheet", "signal", "signals", "station", "stations", "stations_sheet"]
