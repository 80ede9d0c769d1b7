"""Tasks have a place of their own."""

import django.contrib.gis.db.models.fields
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("command", "0031_sent_once")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="target",
            field=django.contrib.gis.db.models.fields.PointField(
                help_text="where it is to be done; null: where the incident is", null=True, srid=4326
            ),
        )
    ]
