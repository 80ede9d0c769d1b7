"""What analysis keeps: one file per noun."""

from .events import SignalEvent
from .figures import RegionFigures
from .signals import ACKNOWLEDGE_MIN, Signal
from .watch import StoppedRule, Watch

__all__ = ["ACKNOWLEDGE_MIN", "RegionFigures", "Signal", "SignalEvent", "StoppedRule", "Watch"]
