"""Writing the same columns of many rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def save_columns(rows: Sequence[Model], columns: Iterable[str]) -> None:
    """Write the named fields of `rows` (all of one model) by primary key, in one exchange with the database.

    Django's own `bulk_update` builds an expression for every value; for the hundreds of rows of a round of calls that costs
    more than the rest of the step. Fields that need a wrapping expression (geometries) are left to it.
    """
    if not rows:
        return
    model = type(rows[0])
    fields: list[Any] = [model._meta.get_field(name) for name in sorted(set(columns))]
    if any(hasattr(field, "get_placeholder") for field in fields):
        model._base_manager.bulk_update(rows, [field.name for field in fields], batch_size=500)
        return
    quote = connection.ops.quote_name
    key: Any = model._meta.pk
    setting = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    statement = f"UPDATE {quote(model._meta.db_table)} SET {setting} WHERE {quote(key.column)} = %s"
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [[f.get_db_prep_save(getattr(row, f.attname), connection) for f in (*fields, key)] for row in rows],
        )
