"""The ledgers of the command room, declared by its parts."""

from __future__ import annotations

from .duty import ledgers as duty  # noqa: F401 (registers the tables that rosters go by)
