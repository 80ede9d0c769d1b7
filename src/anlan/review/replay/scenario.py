"""A scenario as data: what arrives from outside and how simulated people behave. The file's own header documents it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.facts import load_record

FOLDER = Path(__file__).parent.parent / "data" / "scenarios"
READINGS = "readings"
KINDS = (READINGS, "warning", "call", "waterlogging", "note", "shelter", "response", "incident")


class BadScenario(ValueError):
    """A scenario that cannot be played."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that reaches the platform at `at`; readings of an hour are one input."""

    at: datetime
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`inputs` in order of time, readings of the same moment first. `history` are readings from before the start."""

    id: str
    title: str
    place: str
    starts: datetime
    ends: datetime
    inputs: tuple[Input, ...]
    history: tuple[dict[str, Any], ...]
    warning_defaults: dict[str, Any]
    decisions: tuple[dict[str, Any], ...]
    players: tuple[dict[str, Any], ...]
    reports: dict[str, list[dict[str, Any]]]
    sources: tuple[dict[str, Any], ...]
    figure_words: dict[str, str]

    def player(self, post: str) -> dict[str, Any] | None:
        """The entry of `players` that says how the holder of a post behaves."""
        return next((p for p in self.players if any(fnmatchcase(post, pattern) for pattern in p["posts"])), None)

    def words_of(self, figures: dict[str, Any]) -> str:
        """Figures of a report in words, for those that a task has no field for."""
        said = [self.figure_words[n].format(n=v) for n, v in figures.items() if n in self.figure_words]
        return f"{'，'.join(said)}。" if said else ""

    def report_of(self, task: str, post: str) -> dict[str, Any] | None:
        """What the holder of a post writes when a task of the plan is done."""
        return next(
            (r for r in self.reports.get(task, ()) if any(fnmatchcase(post, pattern) for pattern in r["posts"])), None
        )


def scenarios() -> list[str]:
    """Ids of the shipped scenarios."""
    return sorted(p.stem for p in FOLDER.glob("*.yaml"))


@cache
def load_scenario(id: str) -> Scenario:
    """Read a shipped scenario. Raises KeyError for an unknown one, BadScenario for one that does not hold together."""
    if id not in scenarios():
        raise KeyError(id)
    raw: Mapping[str, Any] = load_record(FOLDER / f"{id}.yaml").data
    starts, ends = datetime.fromisoformat(raw["starts"]), datetime.fromisoformat(raw["ends"])
    by_hour = _rain(FOLDER / raw["rain"]["file"])
    history = tuple(row for at in sorted(by_hour) if at <= starts for row in by_hour[at])
    inputs = [Input(at, READINGS, {"rows": rows}) for at, rows in by_hour.items() if starts < at <= ends]
    inputs += [Input(datetime.fromisoformat(i["at"]), i["kind"], dict(i["data"])) for i in raw["inputs"]]
    unknown = {i.kind for i in inputs} - set(KINDS)
    outside = [i.at for i in inputs if not starts <= i.at <= ends]
    if unknown or outside or not raw.get("exercise"):
        raise BadScenario(
            f"{id}: unknown kinds {sorted(unknown)}, {len(outside)} inputs outside its time, or no exercise"
        )
    inputs.sort(key=lambda i: (i.at, i.kind != READINGS))
    return Scenario(
        id=raw["id"], title=raw["title"], place=raw["place"], starts=starts, ends=ends, inputs=tuple(inputs), history=history,
        warning_defaults=raw["warning_defaults"], decisions=tuple(raw["decisions"]), players=tuple(raw["players"]),
        reports=raw["reports"], sources=tuple(raw["sources"]), figure_words=raw.get("figure_words", {}),
    )  # fmt: skip


def _rain(file: Path) -> dict[datetime, list[dict[str, Any]]]:
    """Readings by the moment at which they arrive: the end of their hour."""
    found: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            value = float(row["value"]) if row["value"] else None
            found[datetime.fromisoformat(row["time"])].append(
                {"station": row["station"], "time": row["time"], "value": value, "property": "rain_mm"}
            )
    return found
