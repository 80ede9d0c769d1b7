"""A roster as a spreadsheet, out and in: a line a day, a column a place; people by name, or by account where two share a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from anlan.command.models import Roster
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.spreadsheet import Column, TableRefused, read_table, write_xlsx
from anlan.places.models import Person

from .cells import Cell
from .circumstances import candidates
from .grid import Grid, Place
from .services import cells_of, change_cells

WEEK = ("一", "二", "三", "四", "五", "六", "日")
#: Faults named one by one in a refusal.
NAMED = 8


def columns_of(places: Sequence[Place]) -> list[Column]:
    return [
        Column("day", _("日期"), "date", required=True),
        Column("week", _("星期")),
        Column("note", _("日子")),
        *(Column(f"p{n}", p.label, help=_("姓名，重名写账号")) for n, p in enumerate(places)),
    ]


def roster_sheet(grid: Grid, title: str) -> bytes:
    """The grid as .xlsx bytes."""
    rows: list[list[Any]] = []
    for line in grid.lines:
        note = "、".join(
            p for p in (line.strong, line.name or (_("休") if line.off and line.day.weekday() >= 5 else "")) if p
        )
        names = [s.name or "、".join(shift.person.name for shift in s.shifts) for s in line.slots]
        rows.append([line.day, WEEK[line.day.weekday()], note, *names])
    return write_xlsx(columns_of(grid.places), rows, title=title, notes=[_("改姓名后可在编排页导入；不要改日期和表头")])


def take_sheet(ctx: Context, *, roster: Roster, places: Sequence[Place], content: bytes, name: str) -> int:
    """Put the people of a sheet into a draft, all or none; returns how many cells changed. A column that is missing is left as it is,
    an empty cell is vacant. Raises BadInput naming each line and column that does not fit.
    """
    try:
        table = read_table(content, name, columns_of(places), key=("day",))
    except TableRefused as refused:
        raise BadInput(str(refused), field="file", mend=getattr(refused, "mend", "")) from None
    # A heading that was changed would otherwise leave its whole column as it was, and nobody would know.
    faults = [
        (table.heading_line, _("表头 %(heading)s 不是这个月的班位，请用导出的表头") % {"heading": h})
        for h in table.unknown
    ]
    faults += [
        (e.line, _("第 %(line)d 行“%(column)s”：%(why)s") % {"line": e.line, "column": e.column, "why": e.message})
        for e in table.errors
    ]
    known = _by_name(candidates(roster.region, roster.month))
    cells: dict[tuple[Any, str, str, int], Cell] = {}
    for cell in cells_of(roster):
        _day, seat, at, number = cell.key.rsplit(":", 3)
        cells[cell.day, seat, at, int(number)] = cell
    present = {c.name for c in columns_of(places)} - {
        c.name for c in columns_of(places) if all(row.values.get(c.name) is None for row in table.rows)
    }
    wanted: dict[str, str] = {}
    days = {cell.day for cell in cells.values()}
    for row in table.rows:
        day = row.values["day"]
        if day not in days:
            faults.append((row.line, _("第 %(line)d 行：%(day)s 不在这个月") % {"line": row.line, "day": day}))
            continue
        for n, place in enumerate(places):
            text = str(row.values.get(f"p{n}") or "").strip()
            mine = cells.get((day, place.seat, place.at, place.number))
            if mine is None or f"p{n}" not in present:
                if text and mine is None:
                    none = _("第 %(line)d 行“%(column)s”：这一天没有这个班位") % {
                        "line": row.line,
                        "column": place.label,
                    }
                    faults.append((row.line, none))
                continue
            found = known.get(text, [])
            if text and len(found) != 1:
                why = (
                    _("有 %(n)d 人同名，请写账号") % {"n": len(found)}
                    if found
                    else _("本地区没有“%(name)s”") % {"name": text}
                )
                said = _("第 %(line)d 行“%(column)s”：%(why)s") % {"line": row.line, "column": place.label, "why": why}
                faults.append((row.line, said))
            elif (person := str(found[0].pk) if text else "") != mine.person:
                wanted[mine.key] = person
    if faults:
        more = _("等 %(n)d 处") % {"n": len(faults)} if len(faults) > NAMED else ""
        said = "；".join(words for _line, words in sorted(faults, key=lambda fault: fault[0])[:NAMED])
        raise BadInput(said + more, field="file", mend=_("改好表格后再导入；现在什么都没有改动"))
    if wanted:
        change_cells(ctx, roster=roster, people=wanted)
    return len(wanted)


def _by_name(people: Sequence[Person]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        for name in {person.name, person.username}:
            found[name].append(person)
    return found
