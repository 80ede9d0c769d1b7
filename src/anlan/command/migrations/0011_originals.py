import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import anlan.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("command", "0010_rollcall"),
        ("kernel", "0006_webhooks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="incoming",
            name="channel",
            field=models.CharField(
                choices=[
                    ("phone", "电话"),
                    ("field", "现场上报"),
                    ("message", "信息"),
                    ("sensor", "感知设备"),
                    ("system", "联动系统"),
                    ("mail", "电子邮件"),
                    ("file", "文件"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="kind",
            field=models.CharField(
                choices=[
                    ("call", "电话"),
                    ("field", "现场上报"),
                    ("figure", "数据"),
                    ("merged", "并入的报告"),
                    ("note", "记事"),
                    ("system", "联动系统"),
                    ("sensor", "感知设备"),
                ],
                default="call",
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="IncomingOriginal",
            fields=[
                ("scope", models.CharField(db_index=True, max_length=200)),
                (
                    "shared_with",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("gateway", models.CharField(help_text="who delivered: token:<id>, mail, drop", max_length=80)),
                ("foreign_id", models.CharField(help_text="the other system's own number", max_length=200)),
                ("digest", models.CharField(help_text="SHA-256 of the original", max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(choices=[("new", "新来报"), ("added", "补充原来报")], max_length=10),
                ),
                ("media_type", models.CharField(max_length=100)),
                ("body", models.BinaryField(help_text="the original, byte by byte")),
                ("doubts", models.JSONField(default=list, help_text="what in it could not be used")),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="command.incident",
                    ),
                ),
                (
                    "incoming",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="originals",
                        to="command.incoming",
                    ),
                ),
                (
                    "world",
                    models.ForeignKey(
                        default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.world",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "everything",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["shared_with"], name="command_inc_shared__7e81d5_gin"
                    ),
                    models.Index(fields=["incoming", "at"], name="command_inc_incomin_49cf89_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("world", "gateway", "foreign_id", "digest"), name="incoming_original_once"
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
    ]
