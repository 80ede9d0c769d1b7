"""A roster as a grid: a line a day, a column a place on a seat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.command.models import Roster, Shift
from anlan.kernel.days import days_of
from anlan.places.models import Region

from .cells import Cell, Fault
from .circumstances import calendar_of
from .faults import said


@dataclass(frozen=True, slots=True)
class Place:
    """A column: the number-th place on a seat whose shifts begin at `at` (HHMM)."""

    order: int
    seat: str
    name: str
    at: str
    number: int
    hours: float
    many: bool = False

    @property
    def time(self) -> str:
        return f"{self.at[:2]}:{self.at[2:]}"

    @property
    def until(self) -> str:
        end = (int(self.at[:2]) * 60 + int(self.at[2:]) + int(self.hours * 60)) % 1440
        return f"{end // 60:02d}:{end % 60:02d}"

    @property
    def label(self) -> str:
        number = f" {self.number + 1}" if self.many else ""
        return f"{self.name}{number} {self.time}—{self.until}"


@dataclass
class Slot:
    """What stands in one place on one day. `key` is that of the cell while it is drafted; `shifts` are there once published."""

    key: str = ""
    person: str = ""
    name: str = ""
    required: bool = False
    faults: list[str] = field(default_factory=list)
    hard: bool = False
    shifts: list[Shift] = field(default_factory=list)

    @property
    def exists(self) -> bool:
        return bool(self.key or self.shifts)


@dataclass
class Line:
    day: date
    off: bool
    name: str
    certain: bool
    strong: str
    today: bool
    slots: list[Slot]


@dataclass
class Grid:
    places: list[Place]
    lines: list[Line]
    hard: int = 0
    soft: int = 0


def draft_grid(
    roster: Roster, cells: Sequence[Cell], faults: Iterable[Fault], names: Mapping[str, str], today: date
) -> Grid:
    """The grid of a plan, with what is wrong with its cells."""
    told: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        told[fault.key].append(fault)
    places = _places(
        (c.order, c.seat, c.seat_name, c.key.split(":")[2], int(c.key.split(":")[3]), c.hours) for c in cells
    )
    column = {(p.seat, p.at, p.number): n for n, p in enumerate(places)}
    grid = Grid(places, _lines(roster.region, roster.month, len(places), today))
    line = {one.day: one for one in grid.lines}
    for cell in cells:
        _day, seat, at, number = cell.key.rsplit(":", 3)
        mine = told[cell.key]
        line[cell.day].slots[column[seat, at, int(number)]] = Slot(
            cell.key, cell.person, names.get(cell.person, "?") if cell.person else "", cell.required,
            list(dict.fromkeys(said(f) for f in mine)), any(f.hard for f in mine),
        )  # fmt: skip
    grid.hard = sum(f.hard for one in told.values() for f in one)
    grid.soft = sum(not f.hard for one in told.values() for f in one)
    return grid


def shift_grid(region: Region, month: date, shifts: Sequence[Shift], today: date) -> Grid:
    """The grid of published shifts; one that was taken over halfway stands beside the one it follows."""
    own = [s for s in shifts if s.state != "cancelled"]
    begins: dict[tuple[str, int], set[str]] = defaultdict(set)
    for s in own:
        if not _halfway(s):
            begins[s.seat, s.order].add(f"{localtime(s.starts_at):%H%M}")
    counted: dict[tuple[date, str, str], int] = defaultdict(int)
    placed: list[tuple[Shift, str, int]] = []
    for s in sorted(own, key=lambda s: (_halfway(s), s.starts_at, s.pk)):
        known = sorted(begins[s.seat, s.order]) or [f"{localtime(s.starts_at):%H%M}"]
        at = f"{localtime(s.starts_at):%H%M}"
        if at not in known:
            at = max((b for b in known if b <= at), default=known[-1])
        if _halfway(s):
            placed.append((s, at, 0))
        else:
            placed.append((s, at, counted[s.day, s.seat, at]))
            counted[s.day, s.seat, at] += 1
    places = _places(
        (s.order, s.seat, s.seat_name, at, number, (s.ends_at - s.starts_at).total_seconds() / 3600)
        for s, at, number in placed
        if not _halfway(s)
    )
    column = {(p.seat, p.at, p.number): n for n, p in enumerate(places)}
    grid = Grid(places, _lines(region, month, len(places), today))
    line = {one.day: one for one in grid.lines}
    for s, at, number in placed:
        if s.day in line and (s.seat, at, number) in column:
            line[s.day].slots[column[s.seat, at, number]].shifts.append(s)
    return grid


def _halfway(shift: Shift) -> bool:
    """Made when somebody fell ill on duty: it begins when the other one ended."""
    return bool(shift.why_changed) and shift.starts_at == shift.opened_at


def _places(found: Iterable[tuple[int, str, str, str, int, float]]) -> list[Place]:
    seen: dict[tuple[str, str, int], tuple[int, str, float]] = {}
    for order, seat, name, at, number, hours in found:
        seen.setdefault((seat, at, number), (order, name, hours))
    many = {(seat, at) for seat, at, number in seen if number}
    places = [
        Place(order, seat, name, at, number, hours, (seat, at) in many)
        for (seat, at, number), (order, name, hours) in seen.items()
    ]
    return sorted(places, key=lambda p: (p.order, p.seat, p.at, p.number))


def _lines(region: Region, month: date, width: int, today: date) -> list[Line]:
    kinds, strong = calendar_of(region, month)
    return [
        Line(
            day, kinds[day].off, kinds[day].name, kinds[day].certain, strong.get(day, ""), day == today,
            [Slot() for _n in range(width)],
        )
        for day in days_of(month)
    ]  # fmt: skip


def as_json(grid: Grid) -> dict[str, Any]:
    """What a page needs to draw the cells anew after a change."""
    slots = {s.key: s for line in grid.lines for s in line.slots if s.key}
    return {
        "cells": {
            k: {"person": s.person, "name": s.name, "faults": s.faults, "hard": s.hard, "required": s.required} for k, s in slots.items()
        },
        "hard": grid.hard, "soft": grid.soft, "said": state_of(grid),
    }  # fmt: skip


def state_of(grid: Grid) -> str:
    """One sentence about a draft."""
    if not grid.hard and not grid.soft:
        return _("没有冲突，可以送审")
    return _("必须改 %(hard)d 处，提示 %(soft)d 处") % {"hard": grid.hard, "soft": grid.soft}
