"""Past events that a plan can be tried on: real series that ship with the platform, and what other rooms remember.

A room above offers its own (`add_source`): command offers closed and open incidents with what became known when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.context import Context

from .event import Moment, read_lines

FOLDER = Path(__file__).resolve().parents[1] / "data" / "past_events"
#: So many of one source are offered, the newest first.
MOST_OFFERED = 60


@dataclass(frozen=True, slots=True)
class Past:
    """One event to choose: `key` is ``source:id``; `hazard` the plan's hazard that it is about, empty for any."""

    key: str
    title: str
    hazard: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    key: str
    title: Any
    offered: Callable[[Context], Sequence[Past]]
    lines: Callable[[Context, str], Sequence[Mapping[str, Any]]]


_SOURCES: dict[str, Source] = {}


def add_source(source: Source) -> None:
    """`lines(ctx, id)` gives ``{"time", "facts"}`` in any order and raises NotFound for what the person may not see."""
    _SOURCES[source.key] = source


@cache
def shipped_events() -> dict[str, tuple[Past, tuple[str, ...]]]:
    """Real series in the product: a head line ``{"id", "title", "hazard", "source"}``, then one line a moment."""
    found = {}
    for path in sorted(FOLDER.glob("*.jsonl")):
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        said = json.loads(head)
        past = Past(f"real:{said['id']}", said["title"], said["hazard"], said["source"])
        found[said["id"]] = (past, tuple(lines))
    return found


def offered(ctx: Context, hazard: str) -> list[dict[str, Any]]:
    """``[{"title", "events": [Past]}]`` by source; events of other hazards are left out."""
    groups: list[dict[str, Any]] = []
    real = [past for past, _lines in shipped_events().values() if past.hazard == hazard]
    if real:
        groups.append({"key": "real", "events": real, "title": ""})
    for source in _SOURCES.values():
        events = [p for p in source.offered(ctx) if not p.hazard or p.hazard == hazard][:MOST_OFFERED]
        if events:
            groups.append({"key": source.key, "events": events, "title": source.title})
    return groups


def past_event(ctx: Context, key: str) -> list[Moment]:
    """The moments of a chosen event; empty when there is no such event. Raises NotFound from its source."""
    source, _colon, name = key.partition(":")
    if source == "real":
        known = shipped_events().get(name)
        return read_lines(known[1])[0] if known else []
    if source not in _SOURCES:
        return []
    return read_lines(json.dumps(line, ensure_ascii=False) for line in _SOURCES[source].lines(ctx, name))[0]
