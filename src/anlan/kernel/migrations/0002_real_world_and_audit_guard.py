"""The real world gets its row; audit rows become append-only in the database itself."""

from datetime import UTC, datetime

from django.db import migrations

from anlan.kernel.worlds import REAL

GUARD = """
CREATE FUNCTION kernel_audit_guard() RETURNS trigger AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'audit rows are never deleted';
  END IF;
  IF OLD.seq IS NOT NULL OR NEW.seq IS NULL
     OR (to_jsonb(NEW) - 'seq' - 'prev_hash' - 'hash') IS DISTINCT FROM (to_jsonb(OLD) - 'seq' - 'prev_hash' - 'hash') THEN
    RAISE EXCEPTION 'audit rows are never changed';
  END IF;
  RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER kernel_audit_guard BEFORE UPDATE OR DELETE ON kernel_auditentry
  FOR EACH ROW EXECUTE FUNCTION kernel_audit_guard();
"""


def make_real_world(apps, schema_editor):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    apps.get_model("kernel", "World").objects.update_or_create(
        pk=REAL, defaults={"kind": "real", "title": "实况", "anchor_real": at, "anchor_world": at, "rate": 1.0}
    )


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [
        migrations.RunPython(make_real_world, migrations.RunPython.noop),
        migrations.RunSQL(
            GUARD, "DROP TRIGGER kernel_audit_guard ON kernel_auditentry; DROP FUNCTION kernel_audit_guard();"
        ),
    ]
