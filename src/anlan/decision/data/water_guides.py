"""The technical guide of `water_guides.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record
from anlan.places.data.roster import read_role_names

FILE = Path(__file__).with_name("water_guides.yaml")
KINDS = ("reservoir", "river")
#: Fields of a water work that hold a level, as they rise, and the state that no level tells.
LEVELS = ("limit_m", "warn_m", "guarantee_m", "danger")


@dataclass(frozen=True, slots=True)
class GuideStep:
    who: str
    zh: str
    provenance: Provenance

    @property
    def who_name(self) -> str:
        return read_role_names().get(self.who, self.who)


@dataclass(frozen=True, slots=True)
class WaterState:
    """From `level` on (a field of the water work, or ``danger``)."""

    level: str
    kinds: tuple[str, ...]
    zh: str
    steps: tuple[GuideStep, ...]


@dataclass(frozen=True, slots=True)
class Danger:
    """`sign`: how it is seen; `treat`, `never`: what to do and not to do; `leave`: when everybody leaves."""

    id: str
    zh: str
    kinds: tuple[str, ...]
    sign: str
    treat: str
    never: str
    leave: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class WaterGuide:
    states: tuple[WaterState, ...]
    dangers: tuple[Danger, ...]

    def of(self, kind: str) -> WaterGuide:
        """What concerns one kind of water work."""
        return WaterGuide(
            tuple(s for s in self.states if kind in s.kinds), tuple(d for d in self.dangers if kind in d.kinds)
        )


@cache
def water_guide() -> WaterGuide:
    """Raises FactError when the file is not machine-readable throughout."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    states = []
    for r in root.records("states", None):
        steps = []
        for one in r.records("steps", None):
            who = one.one_of("who", tuple(read_role_names()))
            steps.append(GuideStep(who, one.text("zh"), one.provenance))
            one.done()
        states.append(WaterState(r.one_of("level", LEVELS), r.texts("kinds"), r.text("zh"), tuple(steps)))
        r.done()
    dangers = []
    for r in root.records("dangers"):
        dangers.append(Danger(
            r.text("id"), r.text("zh"), r.texts("kinds"), r.text("sign"), r.text("treat"), r.text("never"), r.text("leave"),
            r.provenance,
        ))  # fmt: skip
        r.done()
    for kinds in (*(s.kinds for s in states), *(d.kinds for d in dangers)):
        if set(kinds) - set(KINDS):
            raise root.error(f"kinds are {', '.join(KINDS)}, not {kinds!r}")
    root.done()
    return WaterGuide(tuple(states), tuple(dangers))
