import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("command", "0025_whistle"), ("command", "0026_consultation_schedule")]

    operations = [
        migrations.AddField(
            model_name="task",
            name="also_for",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(),
                blank=True,
                default=list,
                help_text="other responses in force that ask for the very same card: it is not issued twice",
                size=None,
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=django.contrib.postgres.indexes.GinIndex(fields=["also_for"], name="task_also_for"),
        ),
    ]
