"""Pages of analysis, one file per noun."""

from .criteria import (
    criteria,
    criteria_cells,
    criteria_history,
    criteria_new,
    criteria_open,
    criteria_own,
    criteria_shape,
    criteria_sheet,
    criteria_sheet_in,
    criteria_trial,
    criteria_try,
    criteria_try_cancel,
    criteria_version,
    station_level,
    station_maintenance,
    station_settings,
)
from .events import acknowledge, event
from .obtained import obtained
from .quality import criteria_quality
from .signals import signal, signals
from .stations import readings_sheet, station, stations, stations_sheet

__all__ = [
    "acknowledge",
    "criteria",
    "criteria_cells",
    "criteria_history",
    "criteria_new",
    "criteria_open",
    "criteria_own",
    "criteria_quality",
    "criteria_shape",
    "criteria_sheet",
    "criteria_sheet_in",
    "criteria_trial",
    "criteria_try",
    "criteria_try_cancel",
    "criteria_version",
    "event",
    "obtained",
    "readings_sheet",
    "signal",
    "signals",
    "station",
    "station_level",
    "station_maintenance",
    "station_settings",
    "stations",
    "stations_sheet",
]
