"""The signs with which people draw on the map: those of the events by their GB/T 35649 code, and the platform's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from anlan.analysis.data.incident_kinds import shipped_kinds

_FILE = Path(__file__).parent / "data" / "signs.yaml"
Kind = Literal["point", "line", "area"]


class _Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    zh: str
    group: str
    kind: Kind
    glyph: str = "·"
    shape: Literal["ring", "square", "circle", "triangle", "diamond"] = "square"
    dash: Literal["solid", "dashed", "dotted"] = "solid"


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    zh: str


class _Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    confidence: str
    groups: list[_Group]
    signs: list[_Sign]


@dataclass(frozen=True, slots=True)
class Symbol:
    """One sign. `key` stays in records; `code` is that of GB/T 35649, empty where the platform drew its own."""

    key: str
    name: str
    group: str
    kind: Kind
    glyph: str
    shape: str
    dash: str
    code: str
    source: str
    confidence: str


@cache
def symbols() -> dict[str, Symbol]:
    """All signs in their order by key. Raises msgspec.ValidationError when the file says something of the wrong kind."""
    book = msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), _Signs)
    groups = {g.id: g.zh for g in book.groups}
    found = {
        s.id: Symbol(s.id, s.zh, groups[s.group], s.kind, s.glyph, s.shape, s.dash, "", book.source, book.confidence)
        for s in book.signs
    }
    for kind in shipped_kinds().kinds.values():
        if kind.symbol and kind.level == "group":
            key = f"event.{kind.symbol}"
            found[key] = Symbol(
                key, kind.zh, "事件", "point", kind.zh[0], "ring", "solid", kind.symbol, kind.provenance.source,
                kind.provenance.confidence,
            )  # fmt: skip
    return found


def offered() -> list[dict[str, Any]]:
    """The signs as the page takes them."""
    return [
        {"key": s.key, "name": s.name, "group": s.group, "kind": s.kind, "glyph": s.glyph, "shape": s.shape, "dash": s.dash,
         "code": s.code}
        for s in symbols().values()
    ]  # fmt: skip
