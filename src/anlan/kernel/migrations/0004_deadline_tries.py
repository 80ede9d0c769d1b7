"""A rung that could not be climbed waits before it is tried again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_saved_views_and_imports")]

    operations = [
        migrations.AddField("deadline", "tries", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("deadline", "not_before", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("deadline", "error", models.TextField(blank=True, default="")),
    ]
