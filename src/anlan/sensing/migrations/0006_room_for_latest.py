"""The newest readings are written over all the time: room in each page lets that happen without a new index entry."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sensing", "0005_carry_readings")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE sensing_latest SET (fillfactor = 60)", "ALTER TABLE sensing_latest RESET (fillfactor)"
        )
    ]
