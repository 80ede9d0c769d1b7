"""Kinds of incidents (`incident_types.yaml`): what an event code means, who is in charge, which card applies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import FactError, Provenance, Record, load_record

FILE = Path(__file__).with_name("incident_types.yaml")


@dataclass(frozen=True, slots=True)
class Headquarters:
    id: str
    zh: str
    office: str
    chair: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CardStep:
    """`who` is an actor code of the organisation data; minutes count from the report."""

    number: int
    who: str
    within_min: int
    zh: str


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    zh: str
    steps: tuple[CardStep, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Kind:
    """A class, group or kind of incident. `code` is ours, `national` what other platforms are told.

    `level` is ``class``, ``group`` or ``kind``; `klass` natural, accident, health or security; `group` the code of the
    group (empty for a class).
    """

    code: str
    zh: str
    level: str
    klass: str
    group: str
    national: str
    hq: str
    cap: str
    card: str
    symbol: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class NamedCode:
    code: str
    zh: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Kinds:
    kinds: dict[str, Kind]
    cards: dict[str, Card]
    headquarters: dict[str, Headquarters]
    cap_categories: dict[str, str]
    places_at_risk: dict[str, NamedCode]

    def find(self, code: str) -> Kind | None:
        return self.kinds.get(code)


@cache
def shipped_kinds() -> Kinds:
    return load_kinds(FILE)


def load_kinds(path: Path) -> Kinds:
    """Read the kinds strictly: codes unique, every card, headquarters, CAP category and parent resolvable."""
    root = load_record(path)
    _read_meta(root)
    cap = {r.text("id"): _named(r, "id").zh for r in _items(root, "cap_categories", "id")}
    headquarters = {}
    for r in _items(root, "headquarters", "id"):
        one = Headquarters(r.text("id"), r.text("zh"), r.text("office"), r.text("chair"), r.provenance)
        r.done()
        headquarters[one.id] = one
    cards = {}
    for r in _items(root, "cards", "id"):
        cards[r.text("id")] = _read_card(r)
        r.done()
    for r in _items(root, "code_systems", "id"):
        r.text("zh")
        r.text("use")
        r.done()
    found: dict[str, Kind] = {}
    classes: dict[str, str] = {}
    for r in _items(root, "classes", "code"):
        code, key = r.text("code"), r.text("key")
        classes[key] = code
        found[code] = Kind(code, r.text("zh"), "class", key, "", code, "hq_total", "Other", "", "", r.provenance)
        r.done()

    def add(r: Record, level: str, klass: str, group: str, national: str) -> None:
        code = r.text("code")
        if code in found:
            raise r.error(f"code {code} is used twice")
        found[code] = Kind(
            code, r.text("zh"), level, klass, group, national,
            r.refer("hq", headquarters, "headquarters"), r.refer("cap", cap, "CAP category"),
            r.refer("card", cards, "card"), r.text("gbt35649", ""), r.provenance,
        )  # fmt: skip
        r.done()

    for r in _items(root, "groups", "code"):
        add(r, "group", r.refer("class", classes, "class"), r.text("code"), r.text("code"))
    groups = {k.code: k for k in found.values() if k.level == "group"}
    for r in _items(root, "types", "code"):
        group = groups[r.refer("group", groups, "group")]
        add(r, "kind", group.klass, group.code, r.text("code"))
    for r in _items(root, "own_types", "code"):
        parent = found[r.refer("parent", found, "kind")]
        add(r, "kind", parent.klass, parent.group, parent.code)
    places = {r.text("code"): _named(r, "code") for r in _items(root, "risk_and_target_codes", "code")}
    root.done()
    return Kinds(found, cards, headquarters, cap, places)


def _read_meta(root: Record) -> None:
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.texts("rules", ())
    meta.done()


def _items(root: Record, section: str, id_key: str) -> list[Record]:
    part = root.record(section)
    found = part.records("items", id_key)
    part.done()
    return found


def _named(r: Record, id_key: str) -> NamedCode:
    one = NamedCode(r.text(id_key), r.text("zh"), r.provenance)
    r.done()
    return one


def _read_card(r: Record) -> Card:
    steps = []
    for i, step in enumerate(r.records("steps", None), 1):
        if step.integer("n") != i:
            raise step.error(f"step {step.raw('n')} stands at place {i}")
        steps.append(CardStep(i, step.text("who"), step.integer("within_min", least=0), step.text("zh")))
        step.done()
    if not steps:
        raise r.error("a card needs steps")
    return Card(r.text("id"), r.text("zh"), tuple(steps), r.provenance)


__all__ = ["Card", "CardStep", "FactError", "Headquarters", "Kind", "Kinds", "NamedCode", "load_kinds", "shipped_kinds"]
