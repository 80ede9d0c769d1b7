"""A month's plan as plain values: laying out the cells, filling them in turn, and what is wrong with them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from anlan.command.data.duty_rules import DutyRules, Seat


@dataclass(frozen=True, slots=True)
class Cell:
    """One place in the plan: on `day`, `seat`, from `starts` until `ends` (aware). `person`: id, or "" while it is vacant.

    `key` is stable: day, seat, time of beginning, number among those that sit at once.
    """

    key: str
    day: date
    seat: str
    seat_name: str
    role: str
    order: int
    desk: bool
    required: bool
    strong: bool
    off: bool
    starts: datetime
    ends: datetime
    person: str = ""

    @property
    def hours(self) -> float:
        return (self.ends - self.starts).total_seconds() / 3600

    def overlaps(self, other: Cell | Busy) -> bool:
        return self.starts < other.ends and other.starts < self.ends

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.key, "day": self.day.isoformat(), "seat": self.seat, "seat_name": self.seat_name, "role": self.role,
            "order": self.order, "desk": self.desk, "required": self.required, "strong": self.strong, "off": self.off,
            "starts": self.starts.isoformat(), "ends": self.ends.isoformat(), "person": self.person,
        }  # fmt: skip

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Cell:
        return cls(
            **{**given, "day": date.fromisoformat(given["day"]), "starts": datetime.fromisoformat(given["starts"]),
               "ends": datetime.fromisoformat(given["ends"])}
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Busy:
    """A person is taken elsewhere: by a published shift outside this plan. `where`: the region's name; `role` of the seat."""

    person: str
    starts: datetime
    ends: datetime
    where: str = ""
    role: str = ""
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Away:
    person: str
    since: date
    until: date
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell. `hard` ones keep a roster from being published; others are published for a stated reason.

    `kind`: vacant, twice, elsewhere, leave, gone, rest, again, post. `about`: what a sentence about it names.
    """

    key: str
    kind: str
    hard: bool
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan is judged by, beside itself: who is busy and away, who serves here, who holds which duty role."""

    busy: tuple[Busy, ...] = ()
    away: tuple[Away, ...] = ()
    serving: frozenset[str] = frozenset()
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)


def lay_out(
    days: Iterable[date], seats: Sequence[Seat], strong_seats: Sequence[Seat], *, off: Collection[date],
    strong: Collection[date], zone: tzinfo,
) -> list[Cell]:  # fmt: skip
    """The vacant cells of these days. A shift belongs to the day on which it begins, also when it ends in the next month."""
    found = []
    for day in days:
        held = strong_seats if day in strong else seats
        for seat in held:
            if seat.days == "off" and day not in off:
                continue
            for begins in seat.begins:
                starts = datetime.combine(day, begins, zone)
                for number in range(seat.count):
                    found.append(Cell(
                        key=f"{day.isoformat()}:{seat.key}:{begins:%H%M}:{number}", day=day, seat=seat.key, seat_name=seat.name,
                        role=seat.role, order=held.index(seat), desk=seat.desk, required=seat.required, strong=day in strong,
                        off=day in off, starts=starts, ends=starts + timedelta(hours=seat.hours),
                    ))  # fmt: skip
    return found


def take_turns(
    cells: Sequence[Cell], groups: Mapping[str, Sequence[str]], around: Circumstances, rules: DutyRules, *,
    last: Mapping[tuple[str, bool], str] | None = None,
) -> list[Cell]:  # fmt: skip
    """Fill vacant cells from each seat's rotation group in turn. Days off have a turn of their own, so that nobody always has
    the Sundays. Whoever is away, busy or has not rested is passed over and comes first the next time; where nobody is free the cell
    stays vacant. `last`: by (seat, on days off) who had the turn before this month.
    """
    line: dict[tuple[str, bool], list[str]] = {}
    for seat, group in groups.items():
        for off in (False, True):
            line[seat, off] = _after(list(group), (last or {}).get((seat, off), ""))
    taken: dict[str, list[Cell | Busy]] = defaultdict(list)
    for busy in around.busy:
        taken[busy.person].append(busy)
    for cell in cells:
        if cell.person:
            taken[cell.person].append(cell)
    filled = []
    for cell in sorted(cells, key=lambda c: (c.starts, c.order, c.key)):
        queue = line.get((cell.seat, cell.off), [])
        chosen = cell.person or next((p for p in queue if _free(p, cell, taken[p], around, rules)), "")
        if chosen and not cell.person:
            queue.remove(chosen)
            queue.append(chosen)
            cell = replace(cell, person=chosen)
            taken[chosen].append(cell)
        filled.append(cell)
    return filled


def _after(group: list[str], last: str) -> list[str]:
    """The group beginning with whoever comes after `last`."""
    at = group.index(last) + 1 if last in group else 0
    return group[at:] + group[:at]


def _free(person: str, cell: Cell, taken: Sequence[Cell | Busy], around: Circumstances, rules: DutyRules) -> bool:
    if any(a.person == person and _covers(a, cell) for a in around.away):
        return False
    return all(not cell.overlaps(t) and _rested(cell, t, rules) for t in taken)


def _covers(away: Away, cell: Cell) -> bool:
    """Away on any day that the shift touches; one that ends at midnight does not touch the next day."""
    last = (cell.ends - timedelta(microseconds=1)).astimezone(cell.starts.tzinfo).date()
    return away.since <= last and cell.day <= away.until


def _rested(one: Cell, other: Cell | Busy, rules: DutyRules) -> bool:
    """Whether the rest between two shifts of a person is what the first of them asks for."""
    first, then = (one, other) if one.starts <= other.starts else (other, one)
    asked = rules.rest_after((first.ends - first.starts).total_seconds() / 3600)
    return then.starts - first.ends >= timedelta(hours=asked)


def faults_of(cells: Sequence[Cell], around: Circumstances, rules: DutyRules) -> list[Fault]:
    """Everything that is wrong with a plan, in the order of its cells."""
    found: list[Fault] = []
    by_person: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.person:
            by_person[cell.person].append(cell)
        elif cell.required:
            found.append(Fault(cell.key, "vacant", True))
    busy: dict[str, list[Busy]] = defaultdict(list)
    for one in around.busy:
        busy[one.person].append(one)
    for person, mine in by_person.items():
        mine.sort(key=lambda c: c.starts)
        found += _own_faults(person, mine, busy[person], around, rules)
    found += _leaders_again(cells, around)
    place = {cell.key: number for number, cell in enumerate(cells)}
    return sorted(found, key=lambda f: (place[f.key], not f.hard, f.kind))


def _own_faults(
    person: str, mine: Sequence[Cell], busy: Sequence[Busy], around: Circumstances, rules: DutyRules
) -> Iterable[Fault]:
    away = [a for a in around.away if a.person == person]
    for number, cell in enumerate(mine):
        if person not in around.serving:
            yield Fault(cell.key, "gone", True)
        elif cell.role and cell.role not in around.roles.get(person, frozenset()):
            yield Fault(cell.key, "post", False, {"role": cell.role})
        for one in away:
            if _covers(one, cell):
                yield Fault(cell.key, "leave", True, {"why": one.why, "until": one.until.isoformat()})
        for other in busy:
            if cell.overlaps(other):
                yield Fault(cell.key, "elsewhere", True, {"where": other.where, "starts": other.starts.isoformat()})
            elif not _rested(cell, other, rules):
                yield _rest(cell, other, rules)
        for later in mine[number + 1 :]:
            if cell.overlaps(later):
                yield Fault(cell.key, "twice", True, {"seat": later.seat_name, "starts": later.starts.isoformat()})
                yield Fault(later.key, "twice", True, {"seat": cell.seat_name, "starts": cell.starts.isoformat()})
            elif not _rested(cell, later, rules):
                yield _rest(later, cell, rules)
            else:
                break


def _rest(cell: Cell, other: Cell | Busy, rules: DutyRules) -> Fault:
    first, then = (other, cell) if other.starts <= cell.starts else (cell, other)
    asked = rules.rest_after((first.ends - first.starts).total_seconds() / 3600)
    had = (then.starts - first.ends).total_seconds() / 3600
    return Fault(cell.key, "rest", False, {"hours": round(had, 1), "asked": asked})


def _leaders_again(cells: Sequence[Cell], around: Circumstances) -> Iterable[Fault]:
    """In a key period no leader is in charge twice in a row."""
    leaders = [c for c in cells if c.role == "duty_leader" and c.person]
    last_month = [b for b in around.busy if b.role == "duty_leader"]
    for cell in leaders:
        if not cell.strong:
            continue
        before = [c for c in leaders if c.person == cell.person and cell.starts == c.ends]
        if before or any(b.person == cell.person and b.ends == cell.starts for b in last_month):
            yield Fault(cell.key, "again", False)


def counts_of(cells: Iterable[Cell]) -> dict[str, dict[str, float]]:
    """By person: shifts, hours, and shifts on days off."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: {"shifts": 0, "hours": 0.0, "off": 0})
    for cell in cells:
        if cell.person:
            mine = found[cell.person]
            mine["shifts"] += 1
            mine["hours"] += cell.hours
            mine["off"] += cell.off
    return dict(found)


def changed(cells: Sequence[Cell], at: Mapping[str, str]) -> list[Cell]:
    """The plan with other people in some cells (key → person)."""
    return [replace(c, person=at[c.key]) if c.key in at else c for c in cells]


#: ``name(person id)``: how a sentence names a person.
Naming = Callable[[str], str]
