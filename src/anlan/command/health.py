"""Figures and checks of the command room, declared by its parts."""

from __future__ import annotations

from .gateways import mail_health  # noqa: F401 (mailboxes that do not answer)
from .opinion import health as opinion  # noqa: F401 (feeds that say nothing)
