import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warning", "0001_notices_and_intake")]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="area_notes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=400), blank=True, default=list, size=None
            ),
        ),
    ]
