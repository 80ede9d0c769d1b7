"""The rule of the roll call, read once from rollcall.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

_FILE = Path(__file__).with_name("rollcall.yaml")


class RollCallRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes, target (percent) and source; see the file for each field."""

    source: str
    confidence: str
    target_percent: float
    answer_within_min: int
    answer_choices_min: list[int]
    remind_before_min: int
    leader_after_min: int
    explain_within_min: int
    skip_after_min: int


@cache
def rollcall_rule() -> RollCallRule:
    """Raises msgspec.ValidationError when the file says something unknown or of the wrong kind."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), RollCallRule)
