"""The rule of calling, read once from data/calling.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

_FILE = Path(__file__).parent / "data" / "calling.yaml"


class CallingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes and sources of the call for an answer; see the file for each field."""

    source: str
    rule: str
    confidence: str
    phone_after_min: float
    next_after_min: float
    send_within_min: float
    reach_within_min: float
    urgent_colors: list[str]


@cache
def calling_rule() -> CallingRule:
    """Raises msgspec.ValidationError when the file says something unknown or of the wrong kind."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), CallingRule)
