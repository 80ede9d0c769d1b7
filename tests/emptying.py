"""The test database between two tests that commit: as a fresh one, by what they have written only.

Django's own flush truncates every table and announces a migration each time, which costs more than most tests do; it also leaves the
queue of jobs, whose tables it does not manage, to the next test.
"""

from __future__ import annotations

from functools import cache

from django.db import connection, transaction

from anlan.kernel.apps import ensure_real_world

#: What migrating fills for good; no test writes there.
LASTING = {"django_content_type", "auth_permission", "django_migrations"}
JOBS = ("procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_workers")
#: So many rows are swept away at once: else whoever reads the table next goes over all that was.
MANY = 10_000


@cache
def _tables() -> tuple[str, ...]:
    own = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return (*(name for name in sorted(own) if name not in LASTING), *JOBS)


def empty() -> None:
    """Delete every row of every table that has some; the real world is made again."""
    many = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM \"{t}\")" for t in _tables()))
        filled = [name for (name,) in cursor.fetchall()]
        # No order among the tables, and rows that may only be added: neither foreign keys nor guards are asked.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in filled:
            cursor.execute(f'DELETE FROM "{name}"')
            many += [name] * (cursor.rowcount > MANY)
        cursor.execute("SET LOCAL session_replication_role = origin")
        ensure_real_world(sender=None, using=connection.alias)
    with connection.cursor() as cursor:
        for name in many:
            cursor.execute(f'VACUUM "{name}"')
