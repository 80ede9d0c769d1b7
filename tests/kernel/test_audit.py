import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from anlan.kernel import auditing
from anlan.kernel.context import system
from anlan.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db


def write(n: int) -> None:
    for i in range(n):
        auditing.record(
            system("test"), action="t.x", object_type="t", object_id=i, scope="11/", data={"说明": f"第{i}条"}
        )


def _fail_after(n: int) -> None:
    write(n)
    raise ZeroDivisionError


def test_linked_rows_verify_and_the_unlinked_tail_is_counted():
    write(5)
    assert auditing.link() == 5
    write(2)
    verdict = auditing.verify()
    assert verdict.intact
    assert (verdict.linked, verdict.unlinked) == (5, 2)
    assert verdict.oldest_unlinked is not None


def test_what_is_gathered_is_written_in_its_order_at_the_end_or_not_at_all():
    with transaction.atomic(), auditing.gathered():
        write(1)
        with auditing.gathered():
            write(2)
        assert not AuditEntry.objects.exists()
    assert [entry.data["说明"] for entry in AuditEntry.objects.order_by("id")] == ["第0条", "第0条", "第1条"]
    with pytest.raises(ZeroDivisionError), transaction.atomic(), auditing.gathered():
        _fail_after(1)
    assert AuditEntry.objects.count() == 3
    assert auditing.link() == 3
    assert auditing.verify().intact


def test_the_database_itself_refuses_to_change_or_delete_a_row():
    write(1)
    row = AuditEntry.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=row.pk).update(actor_name="别人")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor_name", "'改'"), ("at_world", "at_world + interval '1 microsecond'"), ("data", "'{\"说明\": \"第1条。\"}'"),
     ("scope", "'12/'"), ("simulated", "true"), ("cause", "'x'"), ("actor", "'person:x'"), ("post", "'x'"),
     ("action", "'t.y'"), ("label", "'x'"), ("object_type", "'x'"), ("object_id", "'x'"), ("at", "at - interval '1 minute'"),
     ("hash", "repeat('0', 64)"), ("prev_hash", "repeat('0', 64)")],
)  # fmt: skip
def test_any_edited_byte_is_found_even_when_the_guard_was_switched_off(column, value):
    write(3)
    auditing.link()
    with connection.cursor() as cur:
        cur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cur.execute("ALTER TABLE kernel_auditentry DISABLE TRIGGER kernel_audit_guard")
        cur.execute(f"UPDATE kernel_auditentry SET {column} = {value} WHERE seq = 2")
        cur.execute("ALTER TABLE kernel_auditentry ENABLE TRIGGER kernel_audit_guard")
    assert auditing.verify().first_bad == 2


def test_a_removed_row_and_a_cut_end_are_found():
    write(4)
    auditing.link()
    head = auditing.verify()
    with connection.cursor() as cur:
        cur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cur.execute("ALTER TABLE kernel_auditentry DISABLE TRIGGER kernel_audit_guard")
        cur.execute("DELETE FROM kernel_auditentry WHERE seq = 4")
        assert auditing.verify().intact, "without a known head a cut end cannot be told"
        assert auditing.verify(known_head=(4, head.head)).reason == "cut"
        cur.execute("DELETE FROM kernel_auditentry WHERE seq = 2")
        cur.execute("ALTER TABLE kernel_auditentry ENABLE TRIGGER kernel_audit_guard")
    assert auditing.verify().reason == "missing"


def test_whoever_recomputes_one_row_and_mends_the_next_ones_link_is_found_there():
    """Each hash carries all before it: one row cannot be replaced without replacing every later one."""
    write(4)
    auditing.link()
    with connection.cursor() as cur:
        cur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cur.execute("ALTER TABLE kernel_auditentry DISABLE TRIGGER kernel_audit_guard")
        cur.execute("UPDATE kernel_auditentry SET actor_name = '别人' WHERE seq = 2")
        cur.execute(f"SELECT prev_hash, {auditing._ROW_TEXT} FROM kernel_auditentry WHERE seq = 2")
        prev, text = cur.fetchone()
        forged = auditing._digest(prev, text)
        cur.execute("UPDATE kernel_auditentry SET hash = %s WHERE seq = 2", [forged])
        cur.execute("UPDATE kernel_auditentry SET prev_hash = %s WHERE seq = 3", [forged])
        cur.execute("ALTER TABLE kernel_auditentry ENABLE TRIGGER kernel_audit_guard")
    verdict = auditing.verify()
    assert (verdict.first_bad, verdict.reason) == (3, "content")
