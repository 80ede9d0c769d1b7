"""What one committing test has written, the next does not find."""

from __future__ import annotations

import pytest
from django.db import connection

from anlan.kernel.models import World
from anlan.kernel.worlds import REAL
from tests.emptying import empty

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_left_but_the_real_world(exercise):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('q', 'left.behind')")
        empty()
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",), "keys and guards hold again"
    assert [(w.pk, w.kind) for w in World.objects.all()] == [(REAL, "real")]
