"""Figures and checks by which one sees whether the platform works. Declared once, shown on the page and given to monitoring.

A figure comes from the database, the bus or the machine, never from a counter in one process: there are several web processes, and
whichever is asked has to give the same answer.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg
from django.db import DatabaseError, InterfaceError, connection, transaction

log = logging.getLogger("anlan.health")

#: A number; by the values of the labels, several; None where there is nothing to say.
Value = float | Mapping[tuple[str, ...], float] | None
State = Literal["ok", "trouble", "unknown"]
_NAME = re.compile(r"anlan(_[a-z0-9]+)+", re.ASCII)
#: Suffixes that say a base unit, or that a figure counts what has happened.
UNITS = ("_seconds", "_bytes", "_total", "_ratio", "_info")
#: Seconds to wait for the database before the figures that come from it are left out.
PATIENCE_S = 2


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure. `help` is English and says the unit; `title` is its name on the page, where "" leaves it out.

    `counter`: it only ever grows (its name ends in `_total`). `limit`: more than this is trouble. `url`: the list that it counts.
    `of_database`: it cannot be had without the database.
    """

    name: str
    help: str
    read: Callable[[], Value]
    labels: tuple[str, ...] = ()
    title: Any = ""
    group: str = "queues"
    unit: Any = ""
    url: str = ""
    limit: float | None = None
    counter: bool = False
    of_database: bool = True
    order: int = 50


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found, in words: `text` says what is wrong, `mend` what to do about it and who does it."""

    state: State
    text: Any = ""
    mend: Any = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One question about the platform that is answered by yes or no. `title` says it as an officer would."""

    key: str
    title: Any
    look: Callable[[], Verdict]
    order: int = 50
    of_database: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """A gauge with what was read. `error` is set, and `samples` empty, when it could not be read."""

    gauge: Gauge
    samples: dict[tuple[str, ...], float] = field(default_factory=dict)
    error: str = ""

    @property
    def value(self) -> float | None:
        """The only sample, or the sum of all; None without any."""
        return sum(self.samples.values()) if self.samples else None

    @property
    def over(self) -> bool:
        limit = self.gauge.limit
        return limit is not None and any(value > limit for value in self.samples.values())


_GAUGES: dict[str, Gauge] = {}
_CHECKS: dict[str, Check] = {}


def add_gauge(name: str, help: str, read: Callable[[], Value], **options: Any) -> None:
    """Declare a figure in a room's `health.py`; `options` are the other fields of `Gauge`.

    Raises ValueError for a name that monitoring would not take, one without its unit, and one that is taken.
    """
    gauge = Gauge(name, help, read, **options)
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name}: a figure is called anlan_… in small letters")
    if gauge.counter != name.endswith("_total"):
        raise ValueError(f"{name}: a figure ends in _total when, and only when, it only ever grows")
    before = _GAUGES.get(name)
    if before is not None and before.read.__module__ != read.__module__:
        raise ValueError(f"{name} is declared twice")
    _GAUGES[name] = gauge


def add_check(key: str, title: Any, look: Callable[[], Verdict], *, order: int = 50, of_database: bool = True) -> None:
    """Declare a question in a room's `health.py`. `key` is ``room.noun``."""
    _CHECKS[key] = Check(key, title, look, order, of_database)


def gauges() -> list[Gauge]:
    return sorted(_GAUGES.values(), key=lambda g: (g.group, g.order, g.name))


def checks() -> list[Check]:
    return sorted(_CHECKS.values(), key=lambda c: (c.order, c.key))


def measure(wanted: Iterable[Gauge] | None = None) -> list[Measured]:
    """Read the figures (default: all). One that fails says so and holds up no other; without a database its figures are left out."""
    there = database_answers()
    return [_read(gauge, there) for gauge in (gauges() if wanted is None else wanted)]


def _read(gauge: Gauge, there: bool) -> Measured:
    if gauge.of_database and not there:
        return Measured(gauge, error="the database does not answer")
    try:
        value = _guarded(gauge.read, gauge.of_database)
    except Exception as error:
        log.exception("figure %s", gauge.name)
        return Measured(gauge, error=f"{type(error).__name__}: {error}"[:200])
    if value is None:
        return Measured(gauge)
    return Measured(gauge, dict(value) if isinstance(value, Mapping) else {(): float(value)})


def verdicts() -> list[tuple[Check, Verdict]]:
    """Every check with what it found; one that fails is unknown, never passed over."""
    there = database_answers()
    found: list[tuple[Check, Verdict]] = []
    for check in checks():
        try:
            known = there or not check.of_database
            found.append((check, _guarded(check.look, check.of_database) if known else Verdict("unknown")))
        except Exception:
            log.exception("check %s", check.key)
            found.append((check, Verdict("unknown")))
    return found


def _guarded(ask: Callable[[], Any], of_database: bool) -> Any:
    """In a savepoint, so that a statement that fails leaves the connection usable for the next figure."""
    if not of_database:
        return ask()
    with transaction.atomic():
        return ask()


def database_answers(seconds: int = PATIENCE_S) -> bool:
    """Whether the database takes a connection of its own and answers on it. A shared one could wait far longer."""
    given = {k: v for k, v in connection.get_connection_params().items() if k in _CONNECTION}
    try:
        with psycopg.connect(**given, connect_timeout=max(2, seconds)) as own:
            own.execute("SELECT 1")
        return True
    except (psycopg.Error, DatabaseError, InterfaceError, OSError):
        return False


_CONNECTION = ("dbname", "user", "password", "host", "port", "sslmode")
