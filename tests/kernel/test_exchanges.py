"""Statements sent together, rows read by statements that are written out."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

from anlan.kernel import auditing
from anlan.kernel.context import system
from anlan.kernel.exchanges import Rows, in_flight, insert_rows, sent
from anlan.kernel.models import AuditEntry, Outbox

pytestmark = pytest.mark.django_db
ROWS = Rows(AuditEntry, "a")


def entry(name: str) -> AuditEntry:
    return auditing.prepare(
        system("test"), action="test", object_type="test", object_id=name, scope="11/", data={"n": [1, None], "text": "“雨”"}
    )  # fmt: skip


def test_rows_that_are_read_and_written_by_hand_are_those_of_the_model():
    insert_rows([entry("a"), entry("b")], together=1)
    mine = sent(f"SELECT {ROWS.columns} FROM {ROWS.table} WHERE a.action = %s ORDER BY a.id", ["test"], ROWS.made)()
    assert [row.object_id for row in mine] == ["a", "b"]
    for row in mine:
        known = AuditEntry.objects.get(pk=row.pk)
        assert {f.attname: getattr(row, f.attname) for f in AuditEntry._meta.concrete_fields} == {
            f.attname: getattr(known, f.attname) for f in AuditEntry._meta.concrete_fields
        }


def test_answers_that_are_asked_for_together_come_each_to_its_question():
    with transaction.atomic(), in_flight():
        one, two = sent("SELECT 1", [], tuple), sent("SELECT 2", [], tuple)
        assert (two(), one()) == ([(2,)], [(1,)])


@pytest.mark.parametrize("read_after", [True, False])
def test_what_fails_in_flight_is_said_as_itself_and_the_savepoint_before_it_holds(read_after):
    insert_rows([entry("before")])
    with pytest.raises(DataError), transaction.atomic(), in_flight():  # noqa: PT012  # where it is raised is what is tested
        insert_rows([entry("lost")])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s::int", [0])
            if read_after:
                Outbox.objects.count()
    assert list(AuditEntry.objects.filter(action="test").values_list("object_id", flat=True)) == ["before"]


@pytest.mark.parametrize("read_inside", [True, False])
def test_a_block_inside_another_fails_by_itself_and_what_comes_before_and_after_it_holds(read_inside):
    with transaction.atomic(), in_flight():
        insert_rows([entry("before")])
        with pytest.raises(DataError), transaction.atomic(), in_flight():  # noqa: PT012  # where it is raised is what is tested
            insert_rows([entry("lost")])
            asked = sent("SELECT 1 / %s::int", [0], tuple)
            if read_inside:
                asked()
        with transaction.atomic(), in_flight():
            AuditEntry.objects.bulk_create([entry("after")])
            assert Outbox.objects.filter(pk=-1).update(subject="") == 0
    found = AuditEntry.objects.filter(action="test").order_by("pk").values_list("object_id", flat=True)
    assert list(found) == ["before", "after"]


def test_questions_whose_answers_are_read_after_the_block_are_answered():
    with transaction.atomic():
        with in_flight():
            one, two = sent("SELECT 1", [], tuple), sent("SELECT 2", [], tuple)
        assert (two(), one()) == ([(2,)], [(1,)])
