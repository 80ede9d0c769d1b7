import django.db.models.deletion
from django.db import migrations, models

#: Cut by the time of the span; the store makes a partition for each year when its first readings are folded.
BLOCKS = """
CREATE TABLE sensing_block (
    world_id uuid NOT NULL,
    datastream_id bigint NOT NULL,
    start timestamptz NOT NULL,
    part bigint NOT NULL,
    count integer NOT NULL CHECK (count >= 0),
    payload bytea NOT NULL,
    PRIMARY KEY (world_id, datastream_id, start, part)
) PARTITION BY RANGE (start);
ALTER TABLE sensing_block ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX sensing_block_span ON sensing_block (world_id, start);
"""
#: What is packed already is not packed again by the database.
UNPACKED = """
ALTER TABLE sensing_journal ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE sensing_hourblock ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE sensing_frame ALTER COLUMN payload SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0004_deadline_tries"),
        ("sensing", "0002_registered_as"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fold",
            fields=[
                (
                    "world",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="kernel.world",
                    ),
                ),
                ("position", models.BigIntegerField(default=0)),
                ("discarded", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Origin",
            fields=[
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Retention",
            fields=[
                ("property", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("raw_days", models.PositiveIntegerField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "chosen",
                    models.BooleanField(default=False, help_text="set by somebody here, not by the shipped policy"),
                ),
                ("thinned_before", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="datastream",
            name="calibrated_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="datastream",
            name="calibration",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="datastream",
            name="sensor_metadata",
            field=models.CharField(
                blank=True, default="", help_text="type, maker, or where it is described", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="datastream",
            name="sensor_name",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="datastream",
            name="standing",
            field=models.CharField(
                choices=[("trusted", "可信"), ("doubtful", "存疑"), ("maintained", "维护中")],
                default="trusted",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="datastream",
            name="standing_note",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="thing",
            name="description",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
        migrations.AddField(
            model_name="thing",
            name="properties",
            field=models.JSONField(blank=True, default=dict, help_text="what else is known of it, by name"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BLOCKS, "DROP TABLE sensing_block")],
            state_operations=[
                migrations.CreateModel(
                    name="Block",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "world_id",
                                "datastream_id",
                                "start",
                                "part",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("start", models.DateTimeField()),
                        ("part", models.BigIntegerField()),
                        ("count", models.PositiveIntegerField()),
                        ("payload", models.BinaryField()),
                        (
                            "datastream",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocks",
                                to="sensing.datastream",
                            ),
                        ),
                        (
                            "world",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="kernel.world",
                            ),
                        ),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name="Frame",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "world_id",
                        "property",
                        "hour",
                        "position",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("property", models.CharField(max_length=40)),
                ("hour", models.DateTimeField()),
                ("position", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("payload", models.BinaryField()),
                (
                    "world",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.world",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HourBlock",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "world_id",
                        "datastream_id",
                        "start",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("start", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
                ("payload", models.BinaryField()),
                (
                    "datastream",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hours",
                        to="sensing.datastream",
                    ),
                ),
                (
                    "world",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.world",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Feeder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                (
                    "thing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="feeders", to="sensing.thing"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key", "thing"), name="one_feeder_per_key_and_station")
                ],
            },
        ),
        migrations.CreateModel(
            name="Journal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField(help_text="clock of the world")),
                ("recorded_at", models.DateTimeField(help_text="wall clock")),
                ("source", models.CharField(blank=True, default="", max_length=80)),
                ("by", models.CharField(blank=True, default="", max_length=80)),
                ("history", models.BooleanField(default=False)),
                ("count", models.PositiveIntegerField()),
                ("payload", models.BinaryField()),
                (
                    "world",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.world"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["world", "id"], name="sensing_jou_world_i_7e3020_idx")],
            },
        ),
        migrations.RunSQL(UNPACKED, migrations.RunSQL.noop),
    ]
