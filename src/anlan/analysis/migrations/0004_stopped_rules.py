import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analysis", "0003_signals_of_places"), ("kernel", "0004_deadline_tries")]

    operations = [
        migrations.AddField("watch", "told", models.BigIntegerField(default=0)),
        migrations.CreateModel(
            name="StoppedRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("station", models.CharField(max_length=60)),
                ("error", models.TextField()),
                ("times", models.PositiveIntegerField(default=1)),
                ("since", models.DateTimeField(help_text="wall clock")),
                ("at", models.DateTimeField(help_text="wall clock of the last failure")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("world", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.world")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("world", "station"), name="one_open_stopped_rule"
                    )
                ],
            },
        ),
    ]  # fmt: skip
