"""How the platform itself is doing: figures and checks that rooms declare, the state of its chain, what monitoring reads.

A room declares its own in its `health.py` (loaded at start), with `add_gauge` and `add_check`; nothing is listed here that a room
could say itself.
"""

from .figures import Check, Gauge, Measured, Verdict, add_check, add_gauge, checks, gauges, measure, verdicts

__all__ = [
    "Check", "Gauge", "Measured", "Verdict", "add_check", "add_gauge", "checks", "gauges", "measure", "verdicts",
]  # fmt: skip
