"""Content of the database that many tests begin with: made once in a process, copied in for every further test.

The demonstration district takes seconds to make by its services and a tenth of that to copy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

#: By name: (table, columns, rows in PostgreSQL's binary form) in the order in which they are written.
_known: dict[str, list[tuple[str, str, bytes]]] = {}


def put_back(name: str, make: Callable[[], Any]) -> None:
    """What `make()` writes into tables that were empty, under `name`. The first time by making it, then by copying; where it added
    to tables with rows in them, it is made again the next time.

    Only for what `make` would do again in the same way: it may rely on nothing that was there before, and it leaves nothing
    outside the database that the tests need.
    """
    if name not in _known:
        before = {table: _count(table) for table in _tables()}
        make()
        after = {table: _count(table) for table in before}
        if all(after[table] == rows for table, rows in before.items() if rows):
            filled = sorted(table for table, rows in before.items() if not rows and after[table])
            _known[name] = [(table, _columns(table), _rows_of(table)) for table in filled]
        return
    # References are checked when the transaction ends, so the order of the tables does not matter.
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, rows in _known[name]:
            with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT binary)') as stream:
                stream.write(rows)


def _tables() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True)


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return int(cursor.fetchone()[0])


def _columns(table: str) -> str:
    """Those that are stored as given: what the database computes is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' ORDER BY attnum",
            [f'"{table}"'],
        )
        return ", ".join(f'"{name}"' for (name,) in cursor.fetchall())


def _rows_of(table: str) -> bytes:
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY (SELECT {_columns(table)} FROM "{table}") TO STDOUT (FORMAT binary)') as stream,
    ):
        return b"".join(bytes(piece) for piece in stream)
