"""The rules of `consultation.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import load_record

FILE = Path(__file__).with_name("consultation.yaml")
#: From the mildest to the most severe.
COLOURS = ("blue", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days before holidays of at least `least_days` and before key periods; the lowest colour of a warning; the hour of the day
    before by which one is called."""

    holiday: int
    least_days: int
    period: int
    color: str
    hour: int


@cache
def shipped_schedule() -> Schedule:
    """Raises FactError when the file says something unknown or of the wrong kind."""
    root = load_record(FILE)
    holiday, period, warning, hour = (root.record(k) for k in ("holiday", "period", "warning", "convene_hour"))
    made = Schedule(
        holiday.integer("days_before", least=0), holiday.integer("least_days", least=1), period.integer("days_before", least=0),
        warning.one_of("color", COLOURS), hour.integer("hour", least=0),
    )  # fmt: skip
    for part in (holiday, period, warning, hour, root):
        part.done()
    return made
