"""Questions to the database that are put together once: what changes from one asking to the next is left open in them.

A page of the desk asks some thirty questions, and Django needs longer to write one down than the database needs to answer it. What a
question looks like depends on nothing but the rights of whoever asks (the posts' grants, the audience keys, the world), so it is
written down once for these and asked again with other values:

    def _reports(ctx: Context) -> QuerySet[Report]:
        return Report.objects.visible_to(ctx).filter(incident=Open("incident", UUIDField()))

    rows = ask(ctx, _reports, incident=incident.pk)

The function that writes it down is given the rights and nothing more: no person, no time, no request. It may be called at any time
by anybody with the same rights; what it returns must depend on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Expression, F, Field, Func, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from .context import Actor, Context, Grant

Writes = Callable[[Context], "QuerySet[Any]"]


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

    Raises KeyError where an open place is not given."""
    question = _written(writes, ctx.grants, ctx.keys, ctx.world)
    return [] if question is None else question.ask(given)


@lru_cache(maxsize=2048)
def _written(writes: Writes, grants: tuple[Grant, ...], keys: frozenset[str], world: UUID) -> _Question | None:
    try:
        return _Question(writes(Context(Actor("system:asking", ""), grants=grants, keys=keys, world=world)))
    except EmptyResultSet:
        # Nobody with these rights ever sees such a row.
        return None


class _Question:
    def __init__(self, rows: QuerySet[Any]) -> None:
        demand = getattr(rows, "_demand_scope", None)
        if demand is not None:
            demand()
        if rows._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise ValueError("what is read in further questions cannot be written down in this one")
        self.rows = rows
        self.compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self.text, self.params = self.compiler.as_sql()

    def ask(self, given: dict[str, Any]) -> list[Any]:
        params = tuple(given[p.name] if type(p) is Open else p for p in self.params)
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.as_sql = lambda *_args, **_more: (self.text, params)  # type: ignore[method-assign]
        reads: Any = self.rows._iterable_class  # type: ignore[attr-defined]
        return list(reads(_Asked(self.rows, compiler)))


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
