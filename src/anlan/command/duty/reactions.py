"""What belongs to the duty room is loaded at start: its services of steps, its pages on the rail, who is on duty."""

from __future__ import annotations

from . import nav, rail, services  # noqa: F401 (each registers itself)
