"""Names and units from the shipped facts about supplies and shelters. Pure; every item keeps its source in the file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SupplyItem:
    """`life_months`: shelf life, None when it does not age or is not known."""

    key: str
    name: str
    unit: str
    kind: str
    life_months: int | None
    source: str
    confidence: str


@lru_cache(maxsize=4)
def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def supply_items() -> dict[str, SupplyItem]:
    """Items of the supplies catalogue by key."""
    return {
        i["key"]: SupplyItem(i["key"], i["zh"], i["unit"], i["mid"], i.get("life_month"), i["source"], i["confidence"])
        for i in _read("supplies.yaml")["items"]
    }


def supply_choices() -> Choices:
    return tuple((item.key, item.name) for item in supply_items().values())


def reserve_modes() -> Choices:
    return _named("supplies.yaml", "modes")


def shelter_grades() -> Choices:
    return _named("shelters.yaml", "grades")


def shelter_classes() -> Choices:
    return _named("shelters.yaml", "classes")


def shelter_facilities() -> Choices:
    return _named("shelters.yaml", "facilities")


def area_per_person(shelter_class: str) -> float | None:
    """Square metres per person that the standard asks of a class; None when it is not known."""
    return next((c["area_per_person_m2"] for c in _read("shelters.yaml")["classes"] if c["id"] == shelter_class), None)


def _named(file: str, part: str) -> Choices:
    return tuple((entry["id"], entry["zh"]) for entry in _read(file)[part])
