"""The rules of `mobilisation.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("mobilisation.yaml")
_MINUTES = ("approve", "decide", "muster", "claim", "assess", "pay")


@dataclass(frozen=True, slots=True)
class Ground:
    """On what an appeal rests; `requisition`: it is an order, and use itself is compensated."""

    id: str
    zh: str
    requisition: bool
    text: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Want:
    """A kind of help, counted in `unit`; a `thing` is lent and given back."""

    id: str
    zh: str
    unit: str
    thing: bool


@dataclass(frozen=True, slots=True)
class MobilisationRules:
    grounds: dict[str, Ground]
    wants: dict[str, Want]
    minutes: dict[str, int]
    provenance: Provenance


@cache
def mobilisation_rules() -> MobilisationRules:
    """Raises FactError when the file says something unknown or of the wrong kind."""
    root = load_record(FILE)
    minutes, grounds, wants = root.record("minutes"), {}, {}
    for r in root.records("grounds"):
        requisition = r.one_of("kind", ("voluntary", "requisition")) == "requisition"
        grounds[r.text("id")] = Ground(r.text("id"), r.text("zh"), requisition, r.text("text"), r.provenance)
        r.done()
    for r in root.records("wants"):
        wants[r.text("id")] = Want(r.text("id"), r.text("zh"), r.text("unit"), r.flag("thing"))
        r.done()
    times = {name: minutes.integer(name, least=1) for name in _MINUTES}
    minutes.done()
    rules = MobilisationRules(grounds, wants, times, root.provenance)
    root.done()
    return rules
