"""Words for the plans' variables, their values and their comparisons (`variables.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.facts import load_record

FILE = Path(__file__).with_name("variables.yaml")


@dataclass(frozen=True, slots=True)
class Words:
    names: dict[str, str]
    texts: dict[str, str]
    operators: dict[str, str]

    def name(self, variable: str) -> str:
        base, _at, window = variable.partition("@")
        known = self.names.get(variable) or self.names.get(base) or base
        return f"{known}（{window}）" if window else known

    def unit(self, variable: str) -> str:
        """The unit that a variable's own name ends with; empty for counts, levels and yes or no."""
        ending = variable.partition("@")[0].rpartition("_")[2]
        return ending if ending in ("mm", "cm", "m", "h") else ""

    def value(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.texts["true" if value else "false"]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return self.texts.get(str(value), str(value))


@cache
def words() -> Words:
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    tables = []
    for key in ("names", "texts", "operators"):
        part = root.record(key)
        tables.append({str(name): part.text(name) for name in part.data})
    _ = root.provenance
    root.done()
    return Words(*tables)
