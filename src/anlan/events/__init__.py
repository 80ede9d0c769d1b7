"""Event contracts: what one room announces and others may react to. A leaf: it imports nothing of the house."""

from . import action, analysis, command, decision, health, ledgers, loops, messaging, review, sensing, warning, worlds
from .base import Event, contract, decode, known

__all__ = [
    "Event",
    "action",
    "analysis",
    "command",
    "contract",
    "decision",
    "decode",
    "health",
    "known",
    "ledgers",
    "loops",
    "messaging",
    "review",
    "sensing",
    "warning",
    "worlds",
]
