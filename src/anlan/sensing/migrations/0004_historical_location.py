import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def keep_known_places(apps, schema_editor):
    """Things are where they are known to be since now: since when before that, nobody noted."""
    thing = apps.get_model("sensing", "Thing")
    location = apps.get_model("sensing", "HistoricalLocation")
    now = timezone.now()
    placed = thing._base_manager.filter(position__isnull=False)
    location.objects.bulk_create(
        [location(thing_id=one.pk, current_of_id=one.pk, position=one.position, time=now) for one in placed], batch_size=1000
    )


class Migration(migrations.Migration):
    dependencies = [("sensing", "0003_observation_store")]

    operations = [
        migrations.CreateModel(
            name="HistoricalLocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ("time", models.DateTimeField()),
                (
                    "current_of",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="location",
                        to="sensing.thing",
                    ),
                ),
                (
                    "thing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="historical_locations",
                        to="sensing.thing",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["thing", "time"], name="sensing_his_thing_i_13c0b9_idx")]},
        ),
        migrations.RunPython(keep_known_places, migrations.RunPython.noop),
    ]
