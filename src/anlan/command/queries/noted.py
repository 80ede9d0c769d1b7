"""What stands in an incident's story without a loop of its own: signs drawn on its map, presses of 一键通, instructions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, QuerySet, UUIDField, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from anlan.command.map.symbols import symbols
from anlan.command.models import Instruction, PlotMark, Press
from anlan.kernel.asking import Open
from anlan.kernel.context import Context
from anlan.kernel.models import AuditEntry
from anlan.kernel.wording import read

if TYPE_CHECKING:
    from .story_words import TimelineItem

PLOTTING, PRESS, INSTRUCTION = "command.plotting", "command.press", "command.instruction"
NOTED = (PLOTTING, PRESS, INSTRUCTION)
#: A story tells of the newest; the map itself shows every sign.
MOST_SIGNS = 200
#: What is drawn, put right and drawn again is told as what was put on the map and what was taken off.
QUIET = ("command.plotting.changed", "command.plotting.undone")
#: Signs drawn one after the other by the same person are one line.
TOGETHER = timedelta(minutes=10)
_INCIDENT = Open("incident", UUIDField())


@dataclass(frozen=True)
class Noted:
    """What a line of the story leads to. It has no end to wait for: nobody owes anything about it."""

    url: str
    is_open: bool = False

    def get_absolute_url(self) -> str:
        return self.url


_PAGES: dict[str, Callable[[str, str], str]] = {
    PLOTTING: lambda incident, _pk: reverse("incident-map", args=[incident]),
    PRESS: lambda _incident, pk: reverse("press", args=[pk]),
    INSTRUCTION: lambda _incident, pk: reverse("instruction", args=[pk]),
}


def noted(key: str, incident: Any, pk: str) -> Noted:
    return Noted(_PAGES[key](str(incident), pk))


def parts(ctx: Context) -> list[QuerySet[Any]]:
    """(key, id) of each, to be asked together with others. Whoever sees the incident sees what is drawn on its map."""
    drawn = PlotMark.objects.in_world(ctx).filter(incident=_INCIDENT).order_by("-drawn_at")[:MOST_SIGNS]
    rest = [(PRESS, Press), (INSTRUCTION, Instruction)]
    rows = [(PLOTTING, drawn), *((k, m.objects.visible_to(ctx).filter(incident=_INCIDENT).order_by()) for k, m in rest)]
    return [
        found.annotate(of_loop=Value(key, output_field=CharField()), of_key=Cast("pk", CharField())).values_list(
            "of_loop", "of_key"
        )
        for key, found in rows
    ]


def words_of(entry: AuditEntry) -> str:
    """The sentence of one entry."""
    data, label = entry.data, read(entry.label)
    if entry.object_type == PLOTTING:
        sign = symbols().get(str(data.get("symbol")))
        return str(data.get("label") or (sign.name if sign else data.get("symbol") or ""))
    if entry.object_type == PRESS:
        states = list(data.get("parts") or [])
        failed = sum(state == "failed" for state in states)
        said = _("%(n)d 项已办") % {"n": len(states) - failed}
        said += _("，%(n)d 项没有办成") % {"n": failed} if failed else ""
        name = data.get("name") or data.get("set") or ""
        return f"{label}“{name}”：{said}" if name else f"{label}：{said}"
    if entry.action == "command.instruction.give":
        return _("下达指令：%(text)s（%(units)s）") % {
            "text": data.get("text") or "",
            "units": "、".join(data.get("units") or []),
        }
    return _("%(label)s指令：%(n)d 个单位") % {"label": label, "n": len(data.get("units") or [])}


def told_together(items: list[TimelineItem]) -> list[TimelineItem]:
    """Signs that one person put on the map, or took off it, one after the other are one line. `items` in order of time."""
    kept: list[TimelineItem] = []
    signs: dict[tuple[str, str], tuple[int, list[str], Any]] = {}
    for item in items:
        if item.object_type != PLOTTING:
            kept.append(item)
            continue
        by = (item.who, item.action)
        at, names, last = signs.get(by, (-1, [], None))
        if last is None or item.at - last > TOGETHER:
            at, names = len(kept), []
            kept.append(item)
        names = [*names, item.text]
        signs[by] = (at, names, item.at)
        kept[at] = replace(kept[at], text=_signs(item.action, names))
    return kept


def _signs(action: str, names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    shown = "、".join(distinct[:6]) + (_("等") if len(distinct) > 6 else "")
    what = _("在图上标绘") if action == "command.plotting.drawn" else _("从图上去掉标绘")
    return _("%(what)s %(n)d 处：%(names)s") % {"what": what, "n": len(names), "names": shown}
