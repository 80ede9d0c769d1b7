"""Panels of the home page. Each room brings what it knows to one of the page's questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from anlan.kernel.context import Context

Question = Literal["happening", "abnormal", "duty"]


@dataclass(frozen=True, slots=True)
class Panel:
    """`render(ctx)` returns the context of `template`, or None when there is nothing to say (the panel is left out then).

    `question`: what is happening, what is abnormal, or who is on duty. `live` are the subjects that change it. A panel asks at
    most three queries: the whole page stays under thirty.
    """

    key: str
    question: Question
    title: Any
    template: str
    render: Callable[[Context], dict[str, Any] | None]
    permission: str = ""
    order: int = 50
    live: str = ""


_PANELS: dict[str, Panel] = {}


def add_panel(
    key: str, order: int, permission: str, render: Callable[[Context], dict[str, Any] | None], *, question: Question,
    title: Any, template: str, live: str = "",
) -> None:  # fmt: skip
    """Register a panel under its key, in a room's `panels.py` (loaded at start)."""
    _PANELS[key] = Panel(key, question, title, template, render, permission, order, live)


def panels_for(ctx: Context, question: Question) -> list[dict[str, Any]]:
    """What the rooms have to say to this question: ``{"panel", "context"}`` in order, for those who may see it."""
    found = []
    for panel in sorted((p for p in _PANELS.values() if p.question == question), key=lambda p: (p.order, p.key)):
        if panel.permission and not ctx.paths(panel.permission):
            continue
        context = panel.render(ctx)
        if context is not None:
            found.append({"panel": panel, "context": context})
    return found


def live_subjects() -> str:
    """All subjects that change some panel, for the page's own live region."""
    return ",".join(sorted({s for p in _PANELS.values() for s in p.live.split(",") if s}))
