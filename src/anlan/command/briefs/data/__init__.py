"""Forms of the day sheet, read once and refused when faulty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.facts import Provenance, Record, load_record

KINDS = ("text", "int", "decimal")
TOTALS = ("sum", "max", "list", "none")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class SheetField:
    """One figure or remark that is asked for. `total`: how the units' answers are put together."""

    name: str
    label: str
    kind: str
    unit: str
    required: bool
    maximum: float | None
    total: str

    def as_dict(self) -> dict[str, Any]:
        return {n: getattr(self, n) for n in ("name", "label", "kind", "unit", "required", "maximum", "total")}


@dataclass(frozen=True, slots=True)
class SheetForm:
    """`at`: the local time by which it is asked for, 16:00."""

    id: str
    title: str
    at: str
    fields: tuple[SheetField, ...]
    provenance: Provenance
    #: Whether the region put its own fields in place of the shipped ones.
    own: bool = False


@cache
def sheet_forms() -> Mapping[str, SheetForm]:
    """The forms by id. Raises FactError when the table cannot be trusted."""
    root = load_record(Path(__file__).parent / "day_sheets.yaml")
    found = {form.id: form for form in map(_form, root.records("forms"))}
    root.done()
    return found


def _form(r: Record) -> SheetForm:
    at = r.text("at")
    if not _TIME.fullmatch(at):
        raise r.error(f"{at!r} is no time of day", "at")
    fields = tuple(_field(f) for f in r.records("fields", id_key="name"))
    form = SheetForm(r.text("id"), r.text("title"), at, fields, r.provenance)
    r.done()
    return form


def _field(r: Record) -> SheetField:
    kind = r.one_of("kind", KINDS)
    total = r.one_of("total", TOTALS)
    if kind == "text" and total in ("sum", "max"):
        raise r.error(f"words have no {total}", "total")
    found = SheetField(
        r.text("name"),
        r.text("label"),
        kind,
        r.text("unit", ""),
        r.flag("required", False),
        r.number("maximum", None),
        total,
    )
    r.done()
    return found
