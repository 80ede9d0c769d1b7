"""The verbs of analysis."""

from .figures import update_figures
from .signals import acknowledge_signal, judge_readings, judge_signal_false

__all__ = ["acknowledge_signal", "judge_readings", "judge_signal_false", "update_figures"]
