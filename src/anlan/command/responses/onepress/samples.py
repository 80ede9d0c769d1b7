"""The samples of prepared sets, as they are shipped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from anlan.command import data


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    may_press: list[str]
    source: str
    confidence: str
    parts: list[dict[str, Any]]


@cache
def samples() -> tuple[Sample, ...]:
    """Raises msgspec.ValidationError when the file says something unknown or of the wrong kind."""
    file = Path(data.__file__).with_name("prepared_sets.yaml")
    return tuple(msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8"))["sets"], list[Sample]))
