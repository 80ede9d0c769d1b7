"""The verbs of analysis."""

from .figures import update_figures
from .signals import acknowledge_signal, judge_readings, judge_signal_false
from .waterlogging import DEPTHS, update_depths

__all__ = ["DEPTHS", "acknowledge_signal", "judge_readings", "judge_signal_false", "update_depths", "update_figures"]
