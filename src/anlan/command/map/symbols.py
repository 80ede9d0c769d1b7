"""The signs with which people draw on the map: those of events by their GB/T 35649 code, and the platform's own; how each looks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from anlan.analysis.data.incident_kinds import shipped_kinds

_FILE = Path(__file__).parent / "data" / "signs.yaml"
_PICTURES = Path(__file__).parent / "data" / "pictures.yaml"
Kind = Literal["point", "line", "area"]


class _Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    zh: str
    group: str
    kind: Kind
    glyph: str = "·"
    shape: Literal["ring", "square", "circle", "triangle", "diamond"] = "square"
    dash: Literal["solid", "dashed", "dotted"] = "solid"
    picture: str = ""


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    picture: str


class _Pictures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    confidence: str
    events: dict[str, _Event]
    pictures: dict[str, str]


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
    """One sign. `key` stays in records; `code` is that of GB/T 35649, empty where the standard's is not known to us.

    `picture`: our own line drawing, a path on a grid of 24 × 24 (empty: the `glyph` stands in its place). `finds`: what else
    somebody may look for: the kinds of events that the sign stands for.
    """

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
    picture: str = ""
    finds: tuple[str, ...] = ()


@cache
def symbols() -> dict[str, Symbol]:
    """All signs in their order by key. Raises msgspec.ValidationError when a file says something of the wrong kind."""
    book = msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), _Signs)
    drawn = msgspec.convert(yaml.safe_load(_PICTURES.read_text(encoding="utf-8")), _Pictures)
    groups = {g.id: g.zh for g in book.groups}
    found = {
        s.id: Symbol(
            s.id, s.zh, groups[s.group], s.kind, s.glyph, s.shape, s.dash, "", book.source, book.confidence,
            drawn.pictures[s.picture] if s.picture else "",
        )
        for s in book.signs
    }  # fmt: skip
    kinds = shipped_kinds().kinds
    classes = {k.klass: k.zh for k in kinds.values() if k.level == "class"}
    for group in kinds.values():
        if group.level != "group":
            continue
        # Records bear the code of the standard where there is one, ours where there is none.
        key = f"event.{group.symbol or group.code}"
        picture = drawn.pictures[drawn.events[group.code].picture if group.code in drawn.events else "other"]
        finds = tuple(k.zh for k in kinds.values() if k.level == "kind" and k.group == group.code)
        found[key] = Symbol(
            key, group.zh, classes[group.klass], "point", group.zh[0], "ring", "solid", group.symbol, group.provenance.source,
            group.provenance.confidence, picture, finds,
        )  # fmt: skip
    return found


def offered() -> list[dict[str, Any]]:
    """The signs as the page takes them."""
    return [
        {"key": s.key, "name": s.name, "group": s.group, "kind": s.kind, "glyph": s.glyph, "shape": s.shape, "dash": s.dash,
         "code": s.code, "picture": s.picture, "finds": list(s.finds)}
        for s in symbols().values()
    ]  # fmt: skip
