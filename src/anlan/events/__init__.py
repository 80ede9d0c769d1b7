"""Event contracts: what one room announces and others may react to. A leaf: it imports nothing of the house."""

from . import action, analysis, command, decision, loops, messaging, review, sensing, warning
from .base import Event, contract, decode, known

__all__ = [
    "Event", "action", "analysis", "command", "contract", "decode", "decision", "known", "loops", "messaging", "review",
    "sensing", "warning",
]  # fmt: skip
