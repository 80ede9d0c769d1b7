"""The checklist of duty checks, read once from duty_check.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

_FILE = Path(__file__).with_name("duty_check.yaml")
WAYS = ("call", "visit", "video")


class CheckItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to look at; `ways` limits it to some ways of checking (all when empty)."""

    code: str
    text: str
    ways: list[str] = []


class DutyCheckRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    confidence: str
    rectify_within_days: int
    items: list[CheckItem]

    def items_for(self, way: str) -> list[CheckItem]:
        return [item for item in self.items if not item.ways or way in item.ways]


@cache
def duty_check_rule() -> DutyCheckRule:
    """Raises msgspec.ValidationError when the file says something unknown or of the wrong kind."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), DutyCheckRule)
