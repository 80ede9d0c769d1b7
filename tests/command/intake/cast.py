"""The fixed clock, the gazetteer of 石景山 and the reader for the tests of intake."""

from __future__ import annotations

import csv
from datetime import datetime
from functools import cache
from pathlib import Path

from anlan.command.intake.places import Gazetteer, Place
from anlan.command.intake.report import Intake, parse_report

FOLDER = Path(__file__).parent
NOW = datetime.fromisoformat("2016-07-20T13:00:00+08:00")


@cache
def gazetteer() -> Gazetteer:
    with (FOLDER / "gazetteer.csv").open(encoding="utf-8") as lines:
        return Gazetteer(
            Place(
                row["name"],
                row["code"],
                row["level"],
                float(row["lon"]) if row["lon"] else None,
                float(row["lat"]) if row["lat"] else None,
            )
            for row in csv.DictReader(lines)
        )


def read(text: str, now: str | datetime = NOW) -> Intake:
    moment = datetime.fromisoformat(now) if isinstance(now, str) else now
    return parse_report(text, moment, gazetteer())


def people(text: str) -> dict[str, object]:
    """The counts that are known."""
    names = ("dead", "injured", "seriously_injured", "missing", "trapped", "evacuated", "rescued")
    return {name: value for name in names if (value := read(text).value(name)) is not None}
