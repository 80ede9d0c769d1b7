"""The patterns of `headquarters.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.kernel.facts import Provenance, Record, load_record

FILE = Path(__file__).with_name("headquarters.yaml")
KINDS = ("general", "special", "sub", "commission")


@dataclass(frozen=True, slots=True)
class SeatRule:
    """Who sits there: posts with `role`, the office's first post, or the `own`-th post of the body's own organisation."""

    title: str
    rank: int
    role: str = ""
    office: bool = False
    own: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """`per`: one for each organisation of that kind; `concerns`: kinds of headquarters of incident_types.yaml."""

    id: str
    zh: str
    kind: str
    concerns: tuple[str, ...]
    office: str
    per: str
    seats: tuple[SeatRule, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """`named`: whether the source names the bodies, or gives only their number."""

    id: str
    zh: str
    about: str
    named: bool
    bodies: tuple[Body, ...]
    resources: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Patterns:
    templates: dict[str, Template]
    members: tuple[str, ...]
    members_source: Provenance


@cache
def patterns() -> Patterns:
    """Raises FactError when the file says something unknown, or names a kind of headquarters that nobody declared."""
    root = load_record(FILE)
    seats, part = {}, root.record("seats")
    for name in ("general", "special", "flood", "sub"):
        seats[name] = tuple(_seat(r) for r in part.records(name, None))
    part.done()
    members = root.record("members")
    actors, source = members.texts("actors"), members.provenance
    members.done()
    found = {}
    for r in root.records("templates"):
        bodies = tuple(_body(b, seats) for b in r.records("bodies"))
        if [b.kind for b in bodies].count("general") != 1:
            raise r.error("needs exactly one body of kind general")
        found[r.text("id")] = Template(
            r.text("id"), r.text("zh"), r.text("about"), r.flag("named"), bodies, r.texts("resources", ()), r.provenance
        )
        r.done()
    root.done()
    return Patterns(found, actors, source)


def _seat(r: Record) -> SeatRule:
    one = SeatRule(
        r.text("title"),
        r.integer("rank", least=1),
        r.text("role", ""),
        r.flag("office", False),
        r.integer("own", 0, least=0),
    )
    r.done()
    return one


def _body(r: Record, seats: dict[str, tuple[SeatRule, ...]]) -> Body:
    name = r.text("seats", "special")
    if name not in seats:
        raise r.error(f"{name!r} names no seats")
    concerns = r.texts("concerns") if r.raw("concerns") else ()
    strange = [c for c in concerns if c not in shipped_kinds().headquarters]
    if strange:
        raise r.error(f"{strange[0]!r} names no kind of headquarters")
    one = Body(
        r.text("id"),
        r.text("zh"),
        r.one_of("kind", KINDS),
        concerns,
        r.text("office", ""),
        r.text("per", ""),
        seats[name],
    )
    r.done()
    return one
