"""Pure doors of the command room: `anlan deadlines`."""

from __future__ import annotations

from anlan.kernel.doors import facts_door

from . import deadlines
from .intake import door as intake


def deadlines_door(argv: list[str]) -> int:
    """`anlan deadlines --facts FILE|-`."""
    return facts_door("deadlines", deadlines.deadlines_door, argv, "Reporting clocks that run for an incident.")


def intake_door(argv: list[str]) -> int:
    """`anlan intake parse TEXT|- [--now ISO]`."""
    return intake.main(argv)
