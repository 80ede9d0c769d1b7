"""Groups that every district may address, as they are shipped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class ShippedGroup:
    """Who belongs is found at the moment of sending: organisations of `kinds`, posts that carry one of `roles`."""

    id: str
    name: str
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    source: str = ""
    confidence: str = ""


@cache
def shipped_groups() -> tuple[ShippedGroup, ...]:
    rows = yaml.safe_load((Path(__file__).parent / "address_groups.yaml").read_text(encoding="utf-8"))["groups"]
    return tuple(
        ShippedGroup(
            id=row["id"], name=row["name"], kinds=tuple(row.get("kinds", ())), roles=tuple(row.get("roles", ())),
            source=row["source"], confidence=row["confidence"],
        )
        for row in rows
    )  # fmt: skip
