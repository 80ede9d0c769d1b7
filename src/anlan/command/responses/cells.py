"""Cells of the response board as HTML. A board has hundreds of them: drawn by a function they cost a tenth of a template."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .queries import Cell, Row

#: Phases in the order in which a folded row counts them, with the word of each.
PHASES = {
    "late": gettext_lazy("超时"),
    "open": gettext_lazy("未签收"),
    "waiting": gettext_lazy("不能承担"),
    "working": gettext_lazy("办理中"),
    "done": gettext_lazy("已办结"),
    "ended": gettext_lazy("已撤销"),
}


def cells_html(cells: Iterable[Cell], *, with_member: bool = False) -> SafeString:
    """Cells in full: what is to be done, how far it is, until when. `with_member` names whose it is."""
    left = _("剩")
    return mark_safe("".join(_cell(cell, left, with_member) for cell in cells))


def _cell(cell: Cell, left: str, with_member: bool) -> str:
    task = cell.task
    if task is None:
        return ""
    title = f"{task.text} · {task.latest}" if task.latest else task.text
    if task.is_open and task.due_at and cell.phase != "done":
        clock = format_html(
            '<span class="clock" data-due="{}"><span class="word">{}</span><time class="left">—</time></span>',
            localtime(task.due_at).isoformat(timespec="seconds"), left,
        )  # fmt: skip
    elif task.finished_at:
        at = localtime(task.finished_at)
        clock = format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), f"{at:%H:%M}")
    else:
        clock = mark_safe("")
    member = format_html('<span class="second">{}</span>', str(task.organisation)) if with_member else ""
    return format_html(
        '<a class="cell" data-phase="{}" href="{}" title="{}">{}<span class="cardname">{}</span>'
        '<span class="line"><span>{}</span>{}</span></a>',
        cell.phase, task.get_absolute_url(), title, member, task.text, task.state_label, clock,
    )  # fmt: skip


def folded_html(rows: Iterable[Row]) -> SafeString:
    """Rows of a big board: the member and how many of its cells are in which phase; opened, a row asks for its cells."""
    words = {phase: str(word) for phase, word in PHASES.items()}
    return format_html_join("\n", _FOLDED, (_folded(row, words) for row in rows))


_LATE = mark_safe(' data-phase="late"')
_FOLDED = (
    '<li id="m-{0}" data-row{1}><details data-unfold="{0}"><summary data-main><strong>{2}</strong>{3}</summary>'
    "</details></li>"
)


def _folded(row: Row, words: dict[str, str]) -> tuple[str, str, str, SafeString]:
    counts = ((phase, word, row.phases[phase]) for phase, word in words.items() if row.phases[phase])
    signs = format_html_join("", '<i data-phase="{}">{} {}</i>', counts)
    return row.organisation.pk, _LATE if row.late else "", str(row.organisation), signs
