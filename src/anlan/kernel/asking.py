"""Questions to the database that are put together once: what changes from one asking to the next is left open in them.

A page of the desk asks some thirty questions, and Django needs longer to write one down than the database needs to answer it. What a
question looks like depends on nothing but the rights of whoever asks (the posts' grants, the audience keys, the world), so it is
written down once for these and asked again with other values:

    def _reports(ctx: Context) -> QuerySet[Report]:
        return Report.objects.visible_to(ctx).filter(incident=Open("incident", UUIDField()))

    rows = ask(ctx, _reports, incident=incident.pk)

The function that writes it down is given the rights and nothing more, no request. It may be called at any time by anybody with the
same posts; what it returns must depend on nothing else. Whoever asks and when is left open by itself: the function gets a person's
key, and a ``ctx.now()``, that stand for those of the asking. They may be compared with and passed on, not reckoned with; a moment
before now is a value given with the question.

The database is told the same: it prepares such a question, with the rights in it, the third time that it is asked on a connection, and
is sent the rest later. What is asked once or twice costs no more than any other question and leaves nothing behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import BooleanField, DateTimeField, Expression, F, Field, Func, QuerySet, UUIDField
from django.db.models.sql.compiler import SQLCompiler

from .context import Actor, Context, Grant

Writes = Callable[[Context], "QuerySet[Any]"]

_PERSON = "person:"
#: Stands for the person who asks. A place that it is not put out of again is nobody's: nothing is found by it.
_SOMEBODY = UUID("5eed0000-0000-4000-8000-00000000a11a")
#: Stands for the moment of the asking. What is reckoned from it lies beyond `_RECKONED`.
_NOW = datetime.max.replace(tzinfo=UTC)
_RECKONED = 9000
#: So many questions stay prepared on one connection, those asked last, and of so many others the askings are counted.
PREPARED = 150
#: A question that was asked so often on a connection is prepared there when it is asked again.
UNPREPARED = 2


class Open(Expression):
    """A value that is given when the question is asked, of the type of `field`."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any, **_more: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


def among(column: str, name: str, field: Field[Any, Any]) -> Func:
    """That a column holds one of the values given later: ``filter(among("pk", "ids", UUIDField()))``."""
    given = Open(name, ArrayField(field))
    return Func(F(column), given, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())


def ask(ctx: Context, writes: Writes, **given: Any) -> list[Any]:
    """The rows of the question that `writes` puts together for the rights of `ctx`, with `given` in its open places.

    Raises KeyError where an open place is not given, ValueError for a question that cannot be kept."""
    persons = [key for key in ctx.keys if key.startswith(_PERSON)]
    own = persons[0] if len(persons) == 1 else ""
    question = _written(writes, ctx.grants, ctx.keys - {own}, bool(own), ctx.world)
    if question is None:
        return []
    if question.of_person:
        given[_ASKER.name] = own
        given[_ASKER_ID.name] = own.removeprefix(_PERSON)
    if question.of_now:
        given[_MOMENT.name] = ctx.now()
    return question.ask(given)


@dataclass(frozen=True, slots=True)
class _AnyTime:
    """The clock of whoever writes a question down: no time of its own."""

    def now(self) -> datetime:
        return _NOW


@lru_cache(maxsize=2048)
def _written(
    writes: Writes, grants: tuple[Grant, ...], keys: frozenset[str], by_person: bool, world: UUID
) -> _Question | None:
    somebody = f"{_PERSON}{_SOMEBODY}" if by_person else "system:asking"
    ctx = Context(
        Actor(somebody, ""), grants=grants, keys=keys | {somebody} if by_person else keys, world=world,
        reading=_AnyTime(),  # type: ignore[arg-type]  # all that a context asks of it
    )  # fmt: skip
    try:
        return _Question(writes(ctx))
    except EmptyResultSet:
        # Nobody with these rights ever sees such a row.
        return None


_ASKER, _ASKER_ID, _MOMENT = Open(" asker", UUIDField()), Open(" asker id", UUIDField()), Open(" now", DateTimeField())


def _opened(param: Any) -> Any:
    """`param` as it is kept: the open place where it stands for the person or the moment of the asking."""
    if param == f"{_PERSON}{_SOMEBODY}":
        return _ASKER
    if param == _SOMEBODY or param == str(_SOMEBODY):
        return _ASKER_ID
    if isinstance(param, datetime) and param.year >= _RECKONED:
        if param != _NOW:
            raise ValueError("a kept question cannot reckon with the time: leave the moment open")
        return _MOMENT
    if type(param) is not Open and str(_SOMEBODY) in str(param):
        raise ValueError("a kept question can only compare with the person who asks")
    return param


class _Question:
    def __init__(self, rows: QuerySet[Any]) -> None:
        demand = getattr(rows, "_demand_scope", None)
        if demand is not None:
            demand()
        if rows._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise ValueError("what is read in further questions cannot be written down in this one")
        self.rows = rows
        self.compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        text, params = self.compiler.as_sql()
        kept = [_opened(param) for param in params]
        self.text = _with_values(text, kept)
        self.params = [param for param in kept if type(param) is Open]
        self.of_person = any(param is _ASKER or param is _ASKER_ID for param in self.params)
        self.of_now = any(param is _MOMENT for param in self.params)

    def ask(self, given: dict[str, Any]) -> list[Any]:
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        answer = _prepared(self.text, [given[param.name] for param in self.params])
        compiler.execute_sql = lambda *_args, **_more: [answer]  # type: ignore[method-assign]
        reads: Any = self.rows._iterable_class  # type: ignore[attr-defined]
        return list(reads(_Asked(self.rows, compiler)))


def _with_values(text: str, params: list[Any]) -> str:
    """`text` with the values in it, but for those that are open."""
    ops: Any = connections[DEFAULT_DB_ALIAS].ops
    left = iter(params)

    def put(found: re.Match[str]) -> str:
        if found[0] == "%%" or type(param := next(left)) is Open:
            return found[0]
        return str(ops.compose_sql("%s", [param])).replace("%", "%%")

    return re.sub("%[%s]", put, text)


class _PreparedCursor(ServerBindingCursor):  # type: ignore[misc]  # the stubs know nothing of psycopg's
    """Lets psycopg prepare what is asked often on a connection, which the cursor of every other question never does."""


def _prepared(text: str, params: list[Any]) -> list[Any]:
    """What the database answers."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    raw = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold, raw.prepared_max = UNPREPARED, PREPARED
    with connection.wrap_database_errors:
        prepared: Any = _PreparedCursor
        cursor = connection._prepare_cursor(prepared(raw))
    with cursor:
        cursor.execute(text, params)
        answer: list[Any] = cursor.fetchall()
        return answer


class _Asked:
    """The rows as Django's own reading of answers looks at them, with the question that is written down already."""

    def __init__(self, rows: QuerySet[Any], compiler: SQLCompiler) -> None:
        self.rows, self.compiler = rows, compiler
        self.query = self
        self.db = DEFAULT_DB_ALIAS

    def get_compiler(self, *_args: Any, **_more: Any) -> SQLCompiler:
        return self.compiler

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self.rows, name)
        except AttributeError:
            return getattr(self.rows.query, name)
