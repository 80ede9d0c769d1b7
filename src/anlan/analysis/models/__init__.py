"""What analysis keeps: one file per noun."""

from .chain import ChainAlarm, ProbeRun, Upkeep
from .criteria import CriteriaVersion, Maintenance, StationLevel
from .events import SignalEvent
from .figures import RegionFigures
from .signals import ACKNOWLEDGE_MIN, Signal
from .watch import StoppedRule, Watch

__all__ = [
    "CriteriaVersion",
    "Maintenance",
    "StationLevel",
    "ACKNOWLEDGE_MIN",
    "ChainAlarm",
    "ProbeRun",
    "RegionFigures",
    "Signal",
    "SignalEvent",
    "StoppedRule",
    "Upkeep",
    "Watch",
]
