"""What a database of ours holds: its tables, how much is in them, and whether two of them are equal."""

import hashlib
from typing import Any

import psycopg
from psycopg import sql

_OURS = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
_TABLES_WITH_FILES = ("kernel_attachment", "kernel_ledgerimport")


def our_tables(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """(schema, name) of each table that no extension brought."""
    return connection.execute(_OURS).fetchall()


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of each table of ours, partitions counted with their parent: "schema.table" → number."""
    counts: dict[str, int] = {}
    for schema, table in our_tables(connection):
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        counts[f"{schema}.{table}"] = one(connection, query)
    return counts


def digest_rows(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """SHA-256 of each table's rows as text, in the order of that text: proves two databases equal."""
    digests: dict[str, str] = {}
    for schema, table in our_tables(connection):
        digest = hashlib.sha256()
        query = sql.SQL('SELECT t::text FROM {} t ORDER BY t::text COLLATE "C"').format(sql.Identifier(schema, table))
        with connection.cursor(name="digest") as rows:
            for (row,) in rows.execute(query):
                digest.update(row.encode() + b"\n")
        digests[f"{schema}.{table}"] = digest.hexdigest()
    return digests


def migrations(connection: psycopg.Connection[Any]) -> list[str]:
    """What the database's layout consists of, as "app.migration"; empty for a database that is not the platform's."""
    if one(connection, "SELECT to_regclass('public.django_migrations')") is None:
        return []
    rows = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def digests_spoken_of(connection: psycopg.Connection[Any]) -> set[str]:
    """Digests of all files that rows of the database refer to."""
    found: set[str] = set()
    for table in _TABLES_WITH_FILES:
        if one(connection, sql.SQL("SELECT to_regclass({})").format(table)) is not None:
            query = sql.SQL("SELECT DISTINCT digest FROM {}").format(sql.Identifier(table))
            found |= {digest for (digest,) in connection.execute(query).fetchall()}
    return found


def one(connection: psycopg.Connection[Any], query: Any) -> Any:
    """The first value of the first row; None when there is none."""
    row = connection.execute(query).fetchone()
    return row[0] if row else None
