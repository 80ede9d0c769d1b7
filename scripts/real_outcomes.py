"""What a real series is, what the door answered to it, and the warnings that were really issued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from scripts import real_readings

ISSUED = Path(__file__).with_name("issued_warnings.yaml")
NEAR = timedelta(hours=24)
"""A listed warning counts as of a series when it was issued while that was measured, or so long before or after."""
COLOURS = {"蓝色": "blue", "黄色": "yellow", "橙色": "orange", "红色": "red", "白色": "white"}


@dataclass(frozen=True)
class Series:
    """One series of the data pack. `open` False: its figures may not be published, only what was raised and when."""

    id: str
    title: str
    file: str
    origin: str
    rows: Callable[[Path], Iterator[real_readings.Row]]
    province: str = ""
    open: bool = True
    remark: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the door answered."""

    series: Series
    stations: int
    rows: int
    since: str
    until: str
    signals: list[dict[str, Any]]
    rejected: list[dict[str, Any]]


def known_warnings(folder: Path) -> list[dict[str, Any]]:
    """Warnings really issued: those found in public reports for these series, then the texts and the list of the data pack."""
    found = list(yaml.safe_load(ISSUED.read_text(encoding="utf-8"))["items"])
    for row in real_readings.records(folder / "warning_texts.csv"):
        found.append(_listed(row["issuer"], row["province"], row["event"], row["colour"], row["issued_local"]))
    for row in real_readings.records(folder / "nmc_alarm_list.csv"):
        issuer, _, rest = row["title"].partition("发布")
        event, colour = next((rest.partition(c)[0], c) for c in COLOURS if c in rest)
        found.append(_listed(issuer, issuer[:2], event, colour, row["issued_local"]))
    return found


def _listed(issuer: str, province: str, event: str, colour: str, local: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "province": province,
        "event": event,
        "colour": COLOURS[colour],
        "issued": real_readings.beijing(local),
    }


def comparable(warning: dict[str, Any], outcome: Outcome) -> bool:
    """Whether a listed warning falls into a series: the same province, and issued while it was measured or a day before or after."""
    if "series" in warning:
        return bool(warning["series"] == outcome.series.id)
    issued = datetime.fromisoformat(warning["issued"])
    within = datetime.fromisoformat(outcome.since) - NEAR <= issued <= datetime.fromisoformat(outcome.until) + NEAR
    return within and bool(outcome.series.province) and warning["province"].startswith(outcome.series.province)


def lead_min(warning: dict[str, Any], outcome: Outcome) -> tuple[float, dict[str, Any]] | None:
    """Minutes from our first signal of that criterion and level to the warning: above 0 we were earlier. None: never raised."""
    wanted = warning["compare"]
    first = next(
        (s for s in outcome.signals if (s["criterion"], s["level"]) == (wanted["criterion"], wanted["level"])), None
    )
    if first is None:
        return None
    ahead = datetime.fromisoformat(warning["issued"]) - datetime.fromisoformat(first["time"])
    return ahead.total_seconds() / 60, first
