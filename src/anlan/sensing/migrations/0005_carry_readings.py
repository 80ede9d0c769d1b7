"""Readings that were rows become journal entries, which the next fold packs; the table of rows goes."""

import uuid
from itertools import groupby

from django.db import migrations, models

BATCH = 5000
QUALITY = {"good": 0, "missing": 1, "corrected": 2}


def carry_rows(apps, schema_editor):
    """Each reading once, in the order in which it was recorded; as history, so that nothing is judged a second time."""
    import numpy as np

    Journal = apps.get_model("sensing", "Journal")
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        # The statement lives as long as the transaction of the migration and hands over row after row.
        cursor.execute(
            "DECLARE carried NO SCROLL CURSOR FOR SELECT world_id, received_at, recorded_at, datastream_id,"
            " (extract(epoch FROM phenomenon_time) * 1000000)::bigint, result, quality FROM sensing_observation"
            " ORDER BY recorded_at, world_id, received_at, datastream_id, phenomenon_time"
        )

        def rows():
            while True:
                cursor.execute(f"FETCH {BATCH} FROM carried")
                found = cursor.fetchall()
                if not found:
                    return
                yield from found

        for (world, received, recorded), group in groupby(rows(), key=lambda row: row[:3]):
            own = list(group)
            for at in range(0, len(own), BATCH):
                part = own[at : at + BATCH]
                payload = b"".join(
                    (
                        np.array([r[3] for r in part], "<i4").tobytes(),
                        np.array([r[4] for r in part], "<i8").tobytes(),
                        np.array([np.nan if r[5] is None else r[5] for r in part], "<f8").tobytes(),
                        np.array([QUALITY[r[6]] for r in part], "u1").tobytes(),
                    )
                )
                with connection.cursor() as writing:
                    writing.execute(
                        f"INSERT INTO {Journal._meta.db_table} (world_id, received_at, recorded_at, source, by, history, count,"
                        " payload) VALUES (%s, %s, %s, '', 'system:sensing', true, %s, %s)",
                        [uuid.UUID(str(world)), received, recorded, len(part), payload],
                    )
        cursor.execute("CLOSE carried")


class Migration(migrations.Migration):
    dependencies = [("sensing", "0004_historical_location")]

    operations = [
        migrations.AddField(model_name="latest", name="entry", field=models.BigIntegerField(default=0)),
        migrations.RunPython(carry_rows, migrations.RunPython.noop),
        migrations.DeleteModel(name="Observation"),
    ]
