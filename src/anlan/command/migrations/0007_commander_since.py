"""Since when the commander at the scene commands."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("command", "0006_response_detail")]

    operations = [
        migrations.AddField("incident", "commander_since", models.DateTimeField(blank=True, null=True)),
        migrations.AlterField(
            "incident", "commander",
            models.CharField(blank=True, default="", help_text="office and name, as the scene says it", max_length=120),
        ),
    ]
