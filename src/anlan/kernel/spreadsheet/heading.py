"""Finding the heading: below titles and notes, in one line or in two merged ones, by label, name or alias."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from .cells import Formula, half_width
from .column import Column
from .opening import Line

SEARCHED = 20
"""Lines with content in which the heading is looked for."""


@dataclass(slots=True)
class Heading:
    """Where the heading stands: column by place, what was not recognised and what came twice (as "B 列“电话”")."""

    line: int
    columns: dict[int, Column]
    unknown: list[str] = field(default_factory=list)
    doubled: list[tuple[Column, str]] = field(default_factory=list)
    taken: int = 0
    """How many of the searched lines are title or heading; data begin behind them."""


def find_heading(lines: Sequence[Line], columns: Sequence[Column]) -> Heading | None:
    """The heading among the first lines, None when no line names a column."""
    known = _names(columns)
    matches = [_match(cells, known) for _number, cells in lines[:SEARCHED]]
    best = max(range(len(matches)), key=lambda n: len(set(matches[n].values())), default=None)
    if best is None or not matches[best]:
        return None
    found = dict(matches[best])
    taken = best + 1
    # A heading merged over two lines has its text in the upper one.
    if best > 0:
        for place, name in matches[best - 1].items():
            if name not in found.values() and _text(lines[best][1], place) == "":
                found[place] = name
    if best + 1 < len(matches):
        below = {p: n for p, n in matches[best + 1].items() if n not in matches[best].values()}
        shared = set(matches[best]) & {p for p in range(len(lines[best + 1][1])) if _text(lines[best + 1][1], p)}
        if below and not shared:
            found.update(below)
            taken = best + 2
    return _told(lines, best, taken, found, {column.name: column for column in columns})


def _told(lines: Sequence[Line], best: int, taken: int, found: dict[int, str], by_name: dict[str, Column]) -> Heading:
    heading = Heading(line=lines[best][0], columns={}, taken=taken)
    seen: set[str] = set()
    for place, name in sorted(found.items()):
        if name in seen:
            heading.doubled.append((by_name[name], _place(place, _text(lines[best][1], place))))
            continue
        seen.add(name)
        heading.columns[place] = by_name[name]
    for place in range(len(lines[best][1])):
        text = _text(lines[best][1], place)
        if place not in found and text:
            heading.unknown.append(_place(place, text))
    return heading


def _place(place: int, text: str) -> str:
    return f"{get_column_letter(place + 1)} 列“{text[:30]}”"


def _text(cells: Sequence[object], place: int) -> str:
    if place >= len(cells) or cells[place] is None or isinstance(cells[place], Formula):
        return ""
    return half_width(cells[place])


def _key(text: str) -> str:
    """Headings are compared without spaces, stars and (必填), whatever the width of their signs."""
    return re.sub(r"[\s*＊:]|\(必填\)|\(选填\)|\(required\)", "", half_width(text)).casefold()


def _names(columns: Sequence[Column]) -> dict[str, str]:
    exact: dict[str, str] = {}
    shortened: dict[str, list[str]] = {}
    for column in columns:
        for text in (column.label, column.name, *column.aliases):
            key = _key(str(text))
            exact.setdefault(key, column.name)
            short = re.sub(r"\(.*\)$", "", key)
            if short and short != key:
                shortened.setdefault(short, []).append(column.name)
    # A unit in brackets may be missing, if no two columns then look the same.
    for short, names in shortened.items():
        if len(set(names)) == 1:
            exact.setdefault(short, names[0])
    return exact


def _match(cells: Sequence[object], known: dict[str, str]) -> dict[int, str]:
    found = {}
    for place in range(len(cells)):
        text = _text(cells, place)
        if 0 < len(text) <= 80:
            key = _key(text)
            name = known.get(key) or known.get(re.sub(r"\(.*\)$", "", key))
            if name:
                found[place] = name
    return found
