"""Rosters, shifts, swaps, handovers, the log of the duty room and what rosters go by."""

import anlan.kernel.ids
import anlan.kernel.loops.record
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("command", "0007_commander_since"),
        ("kernel", "0006_webhooks"),
        ("places", "0004_ledgers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Roster",
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
                ("state", anlan.kernel.loops.record.StateField(db_index=True, max_length=40)),
                ("state_since", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("owner_role", models.CharField(blank=True, default="", max_length=40)),
                (
                    "owner_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("rung", models.PositiveSmallIntegerField(default=0)),
                ("month", models.DateField(help_text="its first day")),
                ("cells", models.JSONField(default=list)),
                ("planned_by", models.CharField(default="", help_text="key of who submitted it", max_length=80)),
                ("planned_by_name", models.CharField(default="", max_length=120)),
                ("published_by_name", models.CharField(default="", max_length=120)),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "accepted",
                    models.TextField(
                        blank=True, default="", help_text="why it was published in spite of what was noted"
                    ),
                ),
                ("noted", models.JSONField(default=list, help_text="faults that stood when it was published")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
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
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Shift",
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
                ("state", anlan.kernel.loops.record.StateField(db_index=True, max_length=40)),
                ("state_since", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("owner_role", models.CharField(blank=True, default="", max_length=40)),
                (
                    "owner_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("rung", models.PositiveSmallIntegerField(default=0)),
                ("day", models.DateField()),
                ("seat", models.CharField(max_length=40)),
                ("seat_name", models.CharField(max_length=40)),
                ("role", models.CharField(blank=True, default="", max_length=40)),
                ("order", models.PositiveSmallIntegerField(default=0)),
                ("desk", models.BooleanField(default=False, help_text="its end needs a signed handover")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("why_changed", models.CharField(blank=True, default="", max_length=200)),
                ("signed_on_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(help_text="when it was handed over or signed off", null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "planned_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to="command.roster"
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
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Handover",
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
                ("state", anlan.kernel.loops.record.StateField(db_index=True, max_length=40)),
                ("state_since", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("owner_role", models.CharField(blank=True, default="", max_length=40)),
                (
                    "owner_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("rung", models.PositiveSmallIntegerField(default=0)),
                ("outgoing_signed_at", models.DateTimeField(null=True)),
                ("incoming_signed_at", models.DateTimeField(null=True)),
                ("items", models.JSONField(default=list)),
                ("remarks", models.TextField(blank=True, default="")),
                (
                    "on_duty",
                    models.JSONField(
                        default=list, help_text="who was on duty when it was signed: [{seat, name, since}]"
                    ),
                ),
                (
                    "incoming_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "outgoing_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
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
                (
                    "incoming",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="command.shift"
                    ),
                ),
                (
                    "outgoing",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="command.shift"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Swap",
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
                ("state", anlan.kernel.loops.record.StateField(db_index=True, max_length=40)),
                ("state_since", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("owner_role", models.CharField(blank=True, default="", max_length=40)),
                (
                    "owner_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("rung", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.CharField(max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="command.shift"
                    ),
                ),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="swaps", to="command.shift"
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DutyDay",
            fields=[
                ("scope", models.CharField(db_index=True, max_length=200)),
                (
                    "shared_with",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("sample", models.BooleanField(default=False, help_text="为演示而编的记录", verbose_name="示例")),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="停用时间")),
                (
                    "retired_why",
                    models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="停用原因"),
                ),
                ("updated_at", models.DateTimeField(editable=False, verbose_name="更新时间")),
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[("off", "放假"), ("work", "调休上班")], max_length=6, verbose_name="安排"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("source", models.CharField(blank=True, default="", max_length=120, verbose_name="依据")),
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
                        fields=["shared_with"], name="command_dut_shared__d4393c_gin"
                    ),
                    models.Index(fields=["retired_at"], name="command_dut_retired_0566f9_idx"),
                ],
                "constraints": [models.UniqueConstraint(fields=("scope", "day"), name="duty_day_once")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DutyFeed",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)), fields=("person",), name="duty_feed_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyTemplate",
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
                ("kind", models.CharField(choices=[("normal", "平日"), ("strong", "重点时段")], max_length=10)),
                ("seats", models.JSONField(default=list)),
                ("updated_at", models.DateTimeField()),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
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
                        fields=["shared_with"], name="command_dut_shared__564375_gin"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("region", "kind"), name="duty_template_once")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="KeyPeriod",
            fields=[
                ("scope", models.CharField(db_index=True, max_length=200)),
                (
                    "shared_with",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("sample", models.BooleanField(default=False, help_text="为演示而编的记录", verbose_name="示例")),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="停用时间")),
                (
                    "retired_why",
                    models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="停用原因"),
                ),
                ("updated_at", models.DateTimeField(editable=False, verbose_name="更新时间")),
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("since", models.DateField(verbose_name="从")),
                ("until", models.DateField(verbose_name="到")),
                ("source", models.CharField(blank=True, default="", max_length=120, verbose_name="依据")),
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
                        fields=["shared_with"], name="command_key_shared__d080e5_gin"
                    ),
                    models.Index(fields=["retired_at"], name="command_key_retired_80f8a7_idx"),
                ],
                "constraints": [models.UniqueConstraint(fields=("scope", "name", "since"), name="key_period_once")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                ("scope", models.CharField(db_index=True, max_length=200)),
                (
                    "shared_with",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("sample", models.BooleanField(default=False, help_text="为演示而编的记录", verbose_name="示例")),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="停用时间")),
                (
                    "retired_why",
                    models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="停用原因"),
                ),
                ("updated_at", models.DateTimeField(editable=False, verbose_name="更新时间")),
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateField(verbose_name="从")),
                ("until", models.DateField(verbose_name="到")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("leave", "休假"),
                            ("sick", "病假"),
                            ("trip", "出差"),
                            ("training", "培训"),
                            ("other", "其他"),
                        ],
                        default="leave",
                        max_length=10,
                        verbose_name="事由",
                    ),
                ),
                ("note", models.CharField(max_length=120, verbose_name="说明")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
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
                        fields=["shared_with"], name="command_lea_shared__4d8329_gin"
                    ),
                    models.Index(fields=["retired_at"], name="command_lea_retired_1cdcae_idx"),
                ],
                "constraints": [models.UniqueConstraint(fields=("person", "since"), name="leave_once")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="LogEntry",
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
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("note", "记事"),
                            ("call", "来电去电"),
                            ("order", "领导指示"),
                            ("check", "点名抽查"),
                            ("fault", "设备故障"),
                            ("correction", "更正"),
                        ],
                        default="note",
                        max_length=12,
                    ),
                ),
                ("text", models.TextField()),
                ("by", models.CharField(max_length=80)),
                ("by_name", models.CharField(max_length=120)),
                ("by_post", models.CharField(blank=True, default="", max_length=160)),
                ("simulated", models.BooleanField(default=False)),
                ("about", models.JSONField(default=list, help_text="[type, id, address] of what it is about")),
                (
                    "corrects",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="command.logentry",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
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
                        fields=["shared_with"], name="command_log_shared__893f42_gin"
                    ),
                    models.Index(fields=["world", "at"], name="command_log_world_i_217bdb_idx"),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="roster",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_ros_shared__2d0883_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="roster",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_ros_owner_k_a9275d_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="roster",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_ros_world_i_be2bcb_idx"),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("world", "region", "month"),
                name="roster_in_work_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")),
                fields=("world", "region", "month"),
                name="roster_published_once",
            ),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_shi_shared__c9ee4a_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_shi_owner_k_38aa20_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_shi_world_i_ec8a05_idx"),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=models.Index(fields=["region", "starts_at"], name="command_shi_region__867442_idx"),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=models.Index(fields=["person", "starts_at"], name="command_shi_person__22f63e_idx"),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="shift_ends_after_it_begins"
            ),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_han_shared__987116_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_han_owner_k_8e3700_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_han_world_i_f8bfa7_idx"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("world", "region"),
                name="handover_in_work_once",
            ),
        ),
        migrations.AddIndex(
            model_name="swap",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_swa_shared__9fa6f9_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="swap",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_swa_owner_k_d9af37_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="swap",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_swa_world_i_e90ac3_idx"),
        ),
        migrations.AddConstraint(
            model_name="swap",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)), fields=("shift",), name="swap_in_work_once"
            ),
        ),
    ]
