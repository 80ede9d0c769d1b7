"""What really was: warnings that an authority issued, told by the rooms above that receive them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from anlan.kernel.context import Context


@dataclass(frozen=True, slots=True)
class Truth:
    """An official warning: its hazard, its level (blue…red), the path of a place that it names, and when it was issued."""

    hazard: str
    level: str
    path: str
    at: datetime
    url: str = ""


#: ``find(ctx, since, until)`` gives what the person may see of warnings issued in between.
Find = Callable[[Context, datetime, datetime], Iterable[Truth]]

_FINDS: dict[str, Find] = {}


def add_truth(key: str, find: Find) -> None:
    """A room that receives official warnings says how they are found; the same key again replaces the former."""
    _FINDS[key] = find


def truths(ctx: Context, since: datetime, until: datetime) -> list[Truth]:
    """All official warnings between two times, the oldest first."""
    return sorted((t for find in _FINDS.values() for t in find(ctx, since, until)), key=lambda t: t.at)
