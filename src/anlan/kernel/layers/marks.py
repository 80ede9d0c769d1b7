"""Marks on the map's time slider: what rooms say has happened, scoped to the person who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlan.kernel.context import Context

#: A slider is read at a glance; of more than this only the newest are marked.
MOST = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened `at`; `kind` chooses the mark's shape, `url` its page."""

    at: datetime
    label: str
    kind: str
    url: str = ""


#: (ctx, since, until) → marks that ``ctx`` may see.
Finding = Callable[[Context, datetime, datetime], Iterable[Mark]]

_SOURCES: dict[str, tuple[Finding, str]] = {}


def add_marks(key: str, find: Finding, *, live: str = "") -> None:
    """Called from a room's `layers.py`. `live`: subject pattern of the notices after which the marks are asked for anew."""
    _SOURCES[key] = (find, live)


def marks_between(ctx: Context, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """All marks in order of time, as the page takes them."""
    found = [mark for find, _live in _SOURCES.values() for mark in find(ctx, since, until)]
    found.sort(key=lambda mark: mark.at)
    return [
        {"at": mark.at.isoformat(), "label": mark.label, "kind": mark.kind, "url": mark.url} for mark in found[-MOST:]
    ]


def marks_live() -> str:
    """Subject patterns that change the marks, joined by commas."""
    return ",".join(sorted({live for _find, live in _SOURCES.values() if live}))
