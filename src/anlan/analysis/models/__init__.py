"""What analysis keeps: one file per noun."""

from .chain import ChainAlarm, ProbeRun, Upkeep
from .criteria import CriteriaVersion, Maintenance, StationLevel
from .events import SignalEvent
from .figures import RegionFigures
from .signals import ACKNOWLEDGE_MIN, Signal
from .trials import Trial
from .watch import StoppedRule, Watch

__all__ = [
    "ACKNOWLEDGE_MIN",
    "ChainAlarm",
    "CriteriaVersion",
    "Maintenance",
    "ProbeRun",
    "RegionFigures",
    "Signal",
    "SignalEvent",
    "StationLevel",
    "StoppedRule",
    "Trial",
    "Upkeep",
    "Watch",
]
