"""Figures and checks of the command room, declared by its parts."""

from __future__ import annotations

from .opinion import health as opinion  # noqa: F401 (feeds that say nothing)
