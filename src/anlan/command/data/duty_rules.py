"""The rules of `duty_rules.yaml`, read strictly."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.facts import Provenance, Record, load_record

FILE = Path(__file__).with_name("duty_rules.yaml")
ROLES = ("duty_leader", "duty_chief", "duty_officer")
DAYS = ("all", "off")
MOST_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of a duty room. `at`: local times at which its shifts begin; `hours`: how long each lasts; `group`: the people that
    take turns (ids, in their order)."""

    key: str
    name: str
    role: str
    at: tuple[str, ...]
    hours: int
    count: int
    desk: bool
    required: bool
    days: str
    group: tuple[str, ...] = ()

    @property
    def begins(self) -> tuple[time, ...]:
        return tuple(time.fromisoformat(text) for text in self.at)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "at": list(self.at), "group": list(self.group)}


@dataclass(frozen=True, slots=True)
class Rest:
    shift_hours: int
    rest_hours: int


@dataclass(frozen=True, slots=True)
class DutyRules:
    """Minutes and hours as the file names them."""

    rest: tuple[Rest, ...]
    sign_on: int
    sign_on_early: int
    hand_over: int
    reach_back: int
    templates: dict[str, tuple[Seat, ...]]
    names: dict[str, str]
    provenance: Provenance

    def rest_after(self, hours: float) -> int:
        """Hours of rest that a shift of so many hours asks for."""
        return next(r.rest_hours for r in self.rest if hours >= r.shift_hours)


@cache
def duty_rules() -> DutyRules:
    """Raises FactError where the file does not fit together."""
    root = load_record(FILE)
    meta = root.record("meta")
    meta.text("about"), meta.text("updated")
    meta.done()
    rest = tuple(
        Rest(r.integer("shift_hours", least=0), r.integer("rest_hours", least=0)) for r in root.records("rest", None)
    )
    if not rest or rest[-1].shift_hours != 0 or list(rest) != sorted(rest, key=lambda r: -r.shift_hours):
        raise root.error("goes from the longest shift down to 0 hours", "rest")
    templates, names = {}, {}
    for item in root.records("templates"):
        templates[item.text("id")] = tuple(_seat(one) for one in item.records("seats", "key"))
        names[item.text("id")] = item.text("name")
        item.done()
    if set(templates) != {"normal", "strong"}:
        raise root.error("needs normal and strong", "templates")
    rules = DutyRules(
        rest=rest, sign_on=root.integer("sign_on", least=0), sign_on_early=root.integer("sign_on_early", least=0),
        hand_over=root.integer("hand_over", least=0), reach_back=root.integer("reach_back", least=1), templates=templates,
        names=names, provenance=root.provenance,
    )  # fmt: skip
    root.done()
    return rules


def _seat(item: Record) -> Seat:
    role = item.raw("role", "")
    if role and role not in ROLES:
        raise item.error(f"{role!r} is not one of {', '.join(ROLES)}", "role")
    seat = Seat(
        key=item.text("key"), name=item.text("name"), role=role, at=item.texts("at"), hours=item.integer("hours", least=1),
        count=item.integer("count", least=1), desk=item.flag("desk"), required=item.flag("required"), days=item.one_of("days", DAYS),
    )  # fmt: skip
    try:
        _ = seat.begins
    except ValueError:
        raise item.error("must be times such as '08:30'", "at") from None
    item.done()
    return seat
