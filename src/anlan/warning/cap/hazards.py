"""Kinds of warning and their colours, loaded once from ``data/hazards.yaml``; lookups by code, name and severity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).parent / "data" / "hazards.yaml"


@dataclass(frozen=True, slots=True)
class Hazard:
    id: str
    code: str
    zh: str
    aliases: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    short: str | None = None


@dataclass(frozen=True, slots=True)
class Colour:
    """``level`` counts 1 red … 4 blue; white, a local first typhoon signal, has none."""

    id: str
    zh: str
    level: int | None
    roman: str | None
    severity: str


@cache
def _table() -> tuple[tuple[Hazard, ...], tuple[Colour, ...]]:
    data = yaml.safe_load(TABLE.read_text("utf-8"))
    hazards = tuple(
        Hazard(h["id"], h["code"], h["zh"], tuple(h.get("aliases", ())), tuple(h.get("en", ())), h.get("short"))
        for h in data["hazards"]
    )
    return hazards, tuple(Colour(**c) for c in data["colours"])


def hazards() -> tuple[Hazard, ...]:
    return _table()[0]


def colours() -> tuple[Colour, ...]:
    return _table()[1]


def hazard_by_code(code: str) -> Hazard | None:
    return next((h for h in hazards() if h.code == code.upper()), None)


def hazard_in(text: str) -> Hazard | None:
    """The hazard whose name ``text`` is, else the one with the longest name in it; None when there is none."""
    best: tuple[int, Hazard] | None = None
    lowered = text.lower()
    for hazard in hazards():
        for name in (hazard.zh, *hazard.aliases, *hazard.en):
            if name == lowered:
                return hazard
            if name in lowered and (best is None or len(name) > best[0]):
                best = (len(name), hazard)
    return best[1] if best else None


def colour_by_severity(severity: str) -> Colour | None:
    return next((c for c in colours() if c.severity == severity and c.level), None)


def colour_by_id(colour: str) -> Colour | None:
    return next((c for c in colours() if c.id == colour.lower()), None)
