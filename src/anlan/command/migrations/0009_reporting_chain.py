"""The review chain of reports, where each went, suspicions about reporting, and rules of a region's own."""

import anlan.kernel.ids
import anlan.kernel.loops.record
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
import uuid
from django.db import migrations, models


#: Clocks of streets were told apart by whose they were; that is a column of its own now.
STREETS = "UPDATE command_reportclock SET office = 'town' WHERE sender = 'town'"


class Migration(migrations.Migration):
    dependencies = [
        ("command", "0008_duty"),
        ("kernel", "0006_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="LocalRule",
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
                ("rule", models.CharField(max_length=60, verbose_name="规定")),
                ("phone_min", models.PositiveIntegerField(blank=True, null=True, verbose_name="电话时限")),
                ("written_min", models.PositiveIntegerField(blank=True, null=True, verbose_name="书面时限")),
                ("system_min", models.PositiveIntegerField(blank=True, null=True, verbose_name="系统填报时限")),
                ("off", models.BooleanField(default=False, verbose_name="本地不执行")),
                ("source", models.CharField(max_length=200, verbose_name="依据")),
                (
                    "confidence",
                    models.CharField(
                        choices=[("high", "有文件依据"), ("medium", "通行口径"), ("low", "建议值")],
                        default="high",
                        max_length=8,
                        verbose_name="可信程度",
                    ),
                ),
                ("since", models.DateField(verbose_name="施行日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="失效日期")),
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
            name="ReportDelivery",
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
                (
                    "recipient",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="party of the reporting rules; empty for others",
                        max_length=60,
                    ),
                ),
                ("recipient_name", models.CharField(max_length=120)),
                (
                    "organisation",
                    models.CharField(
                        blank=True, default="", help_text="key of a recipient inside the platform", max_length=80
                    ),
                ),
                ("means", models.CharField(max_length=20)),
                (
                    "number",
                    models.CharField(
                        blank=True, default="", help_text="telephone or fax number, or address", max_length=60
                    ),
                ),
                (
                    "digest",
                    models.CharField(blank=True, default="", help_text="SHA-256 of the paper that went", max_length=64),
                ),
                ("sent_at", models.DateTimeField()),
                ("sent_by", models.CharField(max_length=160)),
                ("received_at", models.DateTimeField(null=True)),
                ("received_by", models.CharField(blank=True, default="", max_length=120)),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        choices=[("stated", "发出时登记"), ("asked", "事后核实"), ("system", "对方在平台签收")],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "confirmed_by",
                    models.CharField(blank=True, default="", help_text="who recorded that it arrived", max_length=160),
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
            name="ReportFinding",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("late", "迟报"), ("omit", "漏报"), ("false", "谎报"), ("conceal", "瞒报")],
                        max_length=10,
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        help_text="who is concerned: the key of an organisation, or an office", max_length=80
                    ),
                ),
                ("unit_name", models.CharField(max_length=120)),
                ("level", models.CharField(help_text="village, town, county or department", max_length=20)),
                ("subject", models.CharField(help_text="what makes it one finding and not two", max_length=160)),
                ("why", models.TextField()),
                ("evidence", models.JSONField(default=list)),
                ("clause", models.CharField(max_length=300)),
                (
                    "involved",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), default=list, size=None
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
        migrations.RemoveConstraint(
            model_name="report",
            name="report_ordinal_once",
        ),
        migrations.AddField(
            model_name="report",
            name="legal_at",
            field=models.DateTimeField(help_text="when that limit ends", null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="legal_from",
            field=models.DateTimeField(help_text="from when the strictest written limit counts", null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="office",
            field=models.CharField(default="county", max_length=60),
        ),
        migrations.AddField(
            model_name="report",
            name="office_name",
            field=models.CharField(
                blank=True, default="", help_text="who reports; empty for the duty desk", max_length=120
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="reviewed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="reviewed_by",
            field=models.CharField(blank=True, default="", max_length=160),
        ),
        migrations.AddField(
            model_name="report",
            name="submitted_by",
            field=models.CharField(blank=True, default="", help_text="key of who put it forward", max_length=80),
        ),
        migrations.AddField(
            model_name="reportclock",
            name="office",
            field=models.CharField(
                default="county",
                help_text="who answers for it: the county's duty desk, the street, a department",
                max_length=60,
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                fields=("incident", "office", "stage", "ordinal"), name="report_ordinal_once"
            ),
        ),
        migrations.AddField(
            model_name="localrule",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddField(
            model_name="reportdelivery",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="command.report"
            ),
        ),
        migrations.AddField(
            model_name="reportdelivery",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddField(
            model_name="reportfinding",
            name="incident",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="report_findings",
                to="command.incident",
            ),
        ),
        migrations.AddField(
            model_name="reportfinding",
            name="incoming",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="report_findings",
                to="command.incoming",
            ),
        ),
        migrations.AddField(
            model_name="reportfinding",
            name="report",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="findings", to="command.report"
            ),
        ),
        migrations.AddField(
            model_name="reportfinding",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddIndex(
            model_name="localrule",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_loc_shared__83a65c_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="localrule",
            index=models.Index(fields=["retired_at"], name="command_loc_retired_fe97e4_idx"),
        ),
        migrations.AddConstraint(
            model_name="localrule",
            constraint=models.UniqueConstraint(fields=("scope", "rule", "since"), name="local_rule_once"),
        ),
        migrations.AddIndex(
            model_name="reportdelivery",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_rep_shared__54c95a_gin"
            ),
        ),
        migrations.AddConstraint(
            model_name="reportdelivery",
            constraint=models.UniqueConstraint(fields=("report", "recipient_name"), name="report_delivery_once"),
        ),
        migrations.AddIndex(
            model_name="reportfinding",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_rep_shared__fd5165_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="reportfinding",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_rep_owner_k_eb98ef_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="reportfinding",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_rep_world_i_b3b254_idx"),
        ),
        migrations.AddConstraint(
            model_name="reportfinding",
            constraint=models.UniqueConstraint(fields=("world", "kind", "subject"), name="report_finding_once"),
        ),
        migrations.RunSQL(STREETS, migrations.RunSQL.noop),
    ]
