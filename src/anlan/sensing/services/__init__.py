"""The verbs of sensing: stations are registered, readings accepted, policies set."""

from ..feeding import FEED
from .accepting import MAX_BATCH, Batch, accept_readings, accept_together, check_batch
from .arrays import accept_arrays
from .policies import bind_feeder, calibrate, set_retention, set_standing
from .registering import CHANGE, COUNTY_DIGITS, period_of, register_station

__all__ = [
    "CHANGE",
    "COUNTY_DIGITS",
    "FEED",
    "MAX_BATCH",
    "Batch",
    "accept_arrays",
    "accept_readings",
    "accept_together",
    "bind_feeder",
    "calibrate",
    "check_batch",
    "period_of",
    "register_station",
    "set_retention",
    "set_standing",
]
