"""What a handbook says, read strictly: the shipped ones from `decision/data/handbooks`, a region's own from its version. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from anlan.analysis.data.incident_kinds import Card, Kind, shipped_kinds
from anlan.kernel.facts import FactError, Provenance, Record, load_record

from ..names import role_names

FILES = Path(__file__).parents[1] / "data" / "handbooks"
#: A checklist of the first hour holds what is due within it.
HOUR_MIN = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to know. `act`: what to do against a danger; `who`: an actor code; `within_min`: minutes from the report."""

    zh: str
    provenance: Provenance
    act: str = ""
    who: str = ""
    within_min: int | None = None

    @property
    def who_name(self) -> str:
        return role_names().get(self.who, self.who)


@dataclass(frozen=True, slots=True)
class Handbook:
    """`cards`: ids of cards by kind of incident; the kinds it is for and its first hour follow from them."""

    industry: str
    zh: str
    edition: str
    about: str
    basis: tuple[str, ...]
    cards: tuple[Card, ...]
    key_points: tuple[Line, ...]
    own_first_hour: tuple[Line, ...]
    dangers: tuple[Line, ...]
    stop_lines: tuple[Line, ...]
    call: tuple[Line, ...]
    provenance: Provenance

    @property
    def kinds(self) -> tuple[Kind, ...]:
        mine = {c.id for c in self.cards}
        return tuple(k for k in shipped_kinds().kinds.values() if k.level == "kind" and k.card in mine)

    @property
    def in_charge(self) -> frozenset[str]:
        """Kinds of headquarters that its kinds of incidents belong to."""
        return frozenset(k.hq for k in self.kinds)

    @property
    def first_hour(self) -> list[Line]:
        """The steps of its cards and its own lines that are due within the hour, in the order of their times; what two cards ask of
        the same unit in the same words stands once, with the stricter time."""
        rows: dict[tuple[str, str], Line] = {}
        steps = [
            Line(s.zh, c.provenance, who=s.who, within_min=s.within_min)
            for c in self.cards for s in c.steps if s.within_min <= HOUR_MIN
        ]  # fmt: skip
        for line in sorted([*steps, *self.own_first_hour], key=lambda one: one.within_min or 0):
            rows.setdefault((line.who, line.zh), line)
        return list(rows.values())


@cache
def shipped_handbooks() -> dict[str, dict[str, Any]]:
    """The shipped handbooks as data, by industry. Raises FactError when one is not machine-readable throughout."""
    found = {}
    for file in sorted(FILES.glob("*.yaml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        made = _read(load_record(file))
        if made.industry != file.stem:
            raise FactError(file.name, "id", f"{made.industry!r} is not the name of the file")
        found[made.industry] = data
    return found


def parse_handbook(data: Mapping[str, Any], file: str = "handbook") -> Handbook:
    """Raises FactError with the place of what is wrong."""
    return _read(Record(file, "handbook", data))


def _read(root: Record) -> Handbook:
    cards = shipped_kinds().cards
    strange = [c for c in root.texts("cards") if c not in cards]
    if strange:
        raise root.error(f"{strange[0]!r} names no card", "cards")
    made = Handbook(
        industry=root.text("id"), zh=root.text("zh"), edition=root.text("edition"), about=root.text("about"),
        basis=root.texts("basis", ()), cards=tuple(cards[c] for c in root.texts("cards")),
        key_points=_lines(root, "key_points"), own_first_hour=_lines(root, "first_hour", "who", "within_min"),
        dangers=_lines(root, "dangers", "act"), stop_lines=_lines(root, "stop_lines"), call=_lines(root, "call", "who"),
        provenance=root.provenance,
    )  # fmt: skip
    root.done()
    return made


def _lines(root: Record, part: str, *asked: str) -> tuple[Line, ...]:
    rows = []
    for r in root.records(part, None):
        who = r.text("who") if "who" in asked else ""
        if who and who not in role_names():
            raise r.error(f"{who!r} is no actor of the organisation data", "who")
        rows.append(Line(
            r.text("zh"), r.provenance, r.text("act") if "act" in asked else "", who,
            r.integer("within_min", least=0, most=HOUR_MIN) if "within_min" in asked else None,
        ))  # fmt: skip
        r.done()
    return tuple(rows)
