"""What is due at the duty desk 值班台. Each part of command that owes something by a time brings its rows here.

Records of closed loops come by themselves (`queries.desk`): whoever declares a loop with an owner, a deadline and a main step needs
nothing from this file. A source is for what is no loop record, and for records that stand better together or have another button
than their main step: the end of a shift, the explanations of one roll call. It then names the loops that it brings `instead_of` them.

    # command/<part>/due.py, found by its name
    @register("duty.handover", title=_("交接班"), instead_of=("command.handover",))
    def handover(ctx: Context) -> list[Due]: ...
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext as _

from anlan.kernel.context import Context, Grant
from anlan.kernel.loops.record import LoopQuerySet
from anlan.kernel.loops.todo import Owing, obligations, owing
from anlan.kernel.web.steps import record_url

from .loops import DUTY

log = logging.getLogger("anlan.command.due")
#: What is due so soon is never folded away.
NEAR = timedelta(minutes=15)
#: Due so soon it is heard.
LOUD = timedelta(minutes=5)
#: No loop fills the desk alone.
PER_LOOP = 20
#: A list that is no longer than this is shown as it is.
SHORT = 12


@dataclass
class Due:
    """One row of the middle column.

    `id` is the same for the same obligation each time, so that the row stays where it stands. `button`: ``{label, url, kind}`` with kind
    post (pressed: done), form (its form opens in the drawer) or page (a page of its own). `record` is the loop record whose main
    step the button is. `matter` is the incident that the row belongs to. `loud`: it needs somebody now and is heard. `since` is set
    where something is owed at once: the clock counts up from it. `more` are rows of the same matter that have time yet.
    """

    id: str
    text: str
    where: str
    url: str
    due_at: datetime | None
    late: bool
    button: dict[str, Any] | None = None
    provisional: bool = False
    immediate: bool = False
    record: Any = None
    matter: str = ""
    loud: bool = False
    since: datetime | None = None
    more: list[Due] = field(default_factory=list)

    @property
    def shown(self) -> dict[str, Any]:
        """What its line is drawn from, and nothing else."""
        return {
            "id": self.id, "text": self.text, "where": self.where, "url": self.url, "due_at": self.due_at, "late": self.late,
            "button": self.button, "provisional": self.provisional, "immediate": self.immediate, "matter": self.matter,
            "loud": self.loud, "since": self.since, "more": [row.shown for row in self.more],
        }  # fmt: skip

    def presses(self, now: datetime) -> bool:
        """Whether it needs somebody now: late, owed at once, or due within a quarter of an hour."""
        return self.late or self.immediate or (self.due_at is not None and self.due_at - now <= NEAR)

    def calls(self, now: datetime) -> bool:
        """Whether it is heard: late, owed at once, or due within five minutes."""
        return self.late or self.immediate or (self.due_at is not None and self.due_at - now <= LOUD)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a source brings when it owes more than it shows: its most urgent rows, and how many there are in all."""

    rows: list[Due]
    total: int
    late: int


Source = Callable[[Context], Iterable[Due] | Brought]
_SOURCES: dict[str, tuple[Any, str, Source]] = {}
_INSTEAD_OF: dict[str, tuple[str, ...]] = {}


def register(name: str, *, title: Any, url: str = "/", instead_of: tuple[str, ...] = ()) -> Callable[[Source], Source]:
    """Let `source(ctx)` bring rows to the desk. `title` and `url` stand there when the source itself fails.

    `instead_of`: keys of loops whose records the source brings in its own way; they do not come by themselves any more.
    """

    def keep(source: Source) -> Source:
        _SOURCES[name] = (title, url, source)
        _INSTEAD_OF[name] = instead_of
        return source

    return keep


def brought_elsewhere() -> frozenset[str]:
    """Keys of the loops that sources of their own bring."""
    _load()
    return frozenset(key for name in _SOURCES for key in _INSTEAD_OF.get(name, ()))


def as_room(ctx: Context) -> Context:
    """The person with the duty roles of the room that the person belongs to, to list with; never to act with."""
    paths = {g.path for g in ctx.grants if g.role in DUTY}
    return replace(ctx, grants=(*ctx.grants, *(Grant(role, path) for role in DUTY for path in paths)))


def owed(ctx: Context, key: str) -> LoopQuerySet | None:
    """Open records of a loop that rest on the room or on this very person; None when there are none."""
    return obligations(as_room(ctx), key) if key in owed_by_loop(ctx) else None


def owed_by_loop(ctx: Context) -> dict[str, Owing]:
    """What rests on the room or on this very person, by loop; asked once for all sources of one list."""
    found: dict[str, Owing] = ctx.once(("command.due.owing",), lambda: owing(as_room(ctx), PER_LOOP))
    return found


def row_of(record: Any, now: datetime, /, **changed: Any) -> Due:
    """A record's row as it comes by itself; `changed` says what a source shows otherwise."""
    return replace(
        Due(
            id=str(record.pk), text=f"{record.todo or record.state_label}：{record.headline}", where=str(record.loop.title),
            url=record_url(record), due_at=record.due_at, late=record.is_late(now), record=record,
        ), **changed,
    )  # fmt: skip


def page_button(label: Any, url: str) -> dict[str, Any]:
    """The main button that leads to a page of its own."""
    return {"label": label, "url": url, "kind": "page"}


def gather(ctx: Context) -> Brought:
    """The rows of every source, the most urgent first. A source that fails is said in a row of its own and holds up no other."""
    _load()
    # What is asked once is asked once for this list: the next one is made of what stands by then.
    ctx = replace(ctx, _known={})
    parts = [_ask(ctx, *source) for source in _SOURCES.values()]
    rows = sorted((row for part in parts for row in part.rows), key=urgency)
    return Brought(rows, sum(p.total for p in parts), sum(p.late for p in parts))


def _ask(ctx: Context, title: Any, url: str, source: Source) -> Brought:
    try:
        found = source(ctx)
        rows = found.rows if isinstance(found, Brought) else list(found)
    except OperationalError:
        # Without the database there is no desk at all, and the page says so itself.
        raise
    except Exception:
        log.exception("the desk's source “%s” failed", title)
        return Brought([_failed(title, url)], 1, 0)
    return found if isinstance(found, Brought) else Brought(rows, len(rows), sum(row.late for row in rows))


def folded(rows: list[Due], now: datetime) -> list[Due]:
    """`rows` (most urgent first) with what has time yet put behind the first row of its matter. Nothing that presses is folded."""
    if len(rows) <= SHORT:
        return rows
    first: dict[str, Due] = {}
    shown = []
    for row in rows:
        head = first.get(row.matter) if row.matter else None
        if head is not None and not row.presses(now):
            head.more.append(row)
            continue
        if row.matter:
            first.setdefault(row.matter, row)
        shown.append(row)
    return shown


def urgency(row: Due) -> tuple[bool, float, str]:
    """The order of the rows: by due time; what is owed at once by the moment since when; last what has no time at all."""
    at = row.due_at or row.since
    return (at is None and not row.immediate, at.timestamp() if at else 0.0, row.id)


def _failed(title: Any, url: str) -> Due:
    return Due(
        id=f"failed-{url.strip('/').replace('/', '-')}", text=_("“%(title)s”现在读不出来，请到它的页面查看") % {"title": title},
        where=_("平台故障，原因已记入日志"), url=url, due_at=None, late=False, immediate=True,
    )  # fmt: skip


@cache
def _load() -> None:
    """Import `due.py` of every part of command that has one."""
    import anlan.command as room

    for part in iter_modules(room.__path__, f"{room.__name__}."):
        if part.ispkg and any(m.name == "due" for m in iter_modules(import_module(part.name).__path__)):
            import_module(f"{part.name}.due")
    import_module("anlan.command.queries.desk")
