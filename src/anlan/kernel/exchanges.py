"""Fewer exchanges with the database: statements sent together, rows read by statements that are written out, rows written unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any, Generic, TypeVar, cast

import psycopg
from django.db import connection
from django.db.models import Model

T = TypeVar("T")
M = TypeVar("M", bound=Model)
#: The driver's pipeline inside `in_flight`.
_flying: ContextVar[Any] = ContextVar("flying", default=None)


@contextmanager
def in_flight() -> Iterator[None]:
    """Statements inside are sent without waiting for each other's answers; an answer is waited for where it is read.

    What failed is raised at the next answer that is read, at the latest at the end of the block. For use right inside a transaction
    or savepoint that ends with the block. What inside it may roll back a part and go on has a savepoint with a block of its own
    right inside: at the end of that everything before is answered. Two questions whose answers are read after the block cost
    one exchange; each answer that is read inside costs one, and so does the end.
    """
    if (flying := _flying.get()) is not None:
        with connection.wrap_database_errors:
            yield from _part(flying)
        return
    connection.ensure_connection()
    raw = cast(Any, connection.connection)
    before = raw.cursor_factory
    with connection.wrap_database_errors, raw.pipeline() as pipeline:
        raw.cursor_factory = _counting(before)
        token = _flying.set(pipeline)
        try:
            yield
        finally:
            _flying.reset(token)
            raw.cursor_factory = before


def _part(pipeline: Any) -> Iterator[None]:
    """A block inside another: at its end nothing is under way any more, and after a failure statements are taken again."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):
            pipeline.sync()
        raise
    if pipeline.result_queue:
        pipeline.sync()


@cache
def _counting(plain: type[Any]) -> type[Any]:
    """Cursors that wait for the answer when somebody asks how many rows a statement has changed: `save` does, and goes by it."""

    class Counting(plain):  # type: ignore[misc]  # known when it runs
        @property
        def rowcount(self) -> int:
            if (flying := _flying.get()) is not None:
                flying.sync()
            return int(super().rowcount)

    return plain if plain.__name__ == "Counting" else Counting


def sent(statement: str, given: Sequence[Any], made: Callable[[tuple[Any, ...]], T]) -> Callable[[], list[T]]:
    """Send a question; the call of what is returned waits for the answer and makes something of each row."""
    cursor = connection.cursor()
    cursor.execute(statement, given)

    def answer() -> list[T]:
        with cursor:
            return [made(row) for row in cursor.fetchall()]

    return answer


class Rows(Generic[M]):
    """Whole rows of a model out of a statement that is written out, where putting it together each time costs more than its answer.

    For models without geometries. `columns` go behind SELECT, `made` turns a row into the record as a queryset would.
    """

    def __init__(self, model: type[M], alias: str) -> None:
        self._model = model
        fields: list[Any] = list(model._meta.concrete_fields)
        self._names = [f.attname for f in fields]
        self.columns = ", ".join(f'{alias}."{f.column}"' for f in fields)
        self.table = f'"{model._meta.db_table}" {alias}'
        self._read = [(n, f.from_db_value) for n, f in enumerate(fields) if hasattr(f, "from_db_value")]

    def made(self, row: tuple[Any, ...]) -> M:
        values = list(row)
        for n, read in self._read:
            values[n] = read(values[n], None, connection)
        return self._model.from_db(connection.alias, self._names, values)


def insert_rows(rows: Sequence[Model], *, together: int = 500) -> None:
    """Write new rows of one model (without geometries) and ask nothing back: their numbers stay unknown here."""
    if not rows:
        return
    model = type(rows[0])
    key: Any = model._meta.pk
    fields = [f for f in cast("Iterable[Any]", model._meta.concrete_fields) if f is not key or not key.db_returning]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    place = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        for at in range(0, len(rows), together):
            part = rows[at : at + together]
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {", ".join([place] * len(part))}',
                [f.get_db_prep_save(f.pre_save(row, True), connection) for row in part for f in fields],
            )
