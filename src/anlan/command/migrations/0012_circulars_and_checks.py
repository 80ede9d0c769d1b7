"""Circulars with receipts, duty checks, published liaisons."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import anlan.kernel.ids
import anlan.kernel.loops.record


class Migration(migrations.Migration):
    dependencies = [
        ("command", "0011_originals"),
        ("kernel", "0006_webhooks"),
        ("places", "0005_access_tokens"),
    ]

    operations = [
        migrations.CreateModel(
            name="Circular",
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
                ("from_above", models.BooleanField(default=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("notice", "通知"),
                            ("report", "通报"),
                            ("instruction", "指示"),
                            ("remark", "批示"),
                            ("letter", "函"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[("normal", "平件"), ("urgent", "加急"), ("extra", "特急"), ("top", "特提")],
                        default="normal",
                        max_length=8,
                    ),
                ),
                (
                    "means",
                    models.CharField(
                        choices=[
                            ("typed", "录入"),
                            ("upload", "上传原件"),
                            ("phone", "电话记录"),
                            ("fax", "传真"),
                            ("interface", "接口"),
                        ],
                        default="typed",
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                (
                    "number",
                    models.CharField(
                        blank=True, default="", help_text="发文字号, as the issuer writes it", max_length=60
                    ),
                ),
                ("issuer", models.CharField(max_length=120)),
                ("text", models.TextField(blank=True, default="")),
                ("read_by", models.DateTimeField(blank=True, null=True)),
                ("done_by", models.DateTimeField(blank=True, null=True)),
                ("registered_by", models.CharField(max_length=160)),
                ("by_street", models.CharField(blank=True, default="", max_length=40)),
                (
                    "source_id",
                    models.CharField(
                        help_text="the sender's own id; the same one is taken once", max_length=120, null=True
                    ),
                ),
            ],
            options={
                "verbose_name": "通知通报",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CircularReceipt",
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
                    "leader_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("read_at", models.DateTimeField(null=True)),
                ("read_name", models.CharField(blank=True, default="", max_length=160)),
                ("read_how", models.CharField(blank=True, default="", max_length=12)),
                ("done_at", models.DateTimeField(null=True)),
                ("done_name", models.CharField(blank=True, default="", max_length=160)),
                ("done_text", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "通知签阅",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DutyCheck",
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
                    "way",
                    models.CharField(choices=[("call", "电话"), ("visit", "实地"), ("video", "视频")], max_length=8),
                ),
                ("by_chance", models.BooleanField(default=False)),
                ("by_street", models.CharField(blank=True, default="", max_length=40)),
                (
                    "unit_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                (
                    "leader_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("checked_at", models.DateTimeField(null=True)),
                ("checked_by", models.CharField(blank=True, default="", max_length=160)),
                ("met", models.CharField(blank=True, default="", max_length=60)),
                ("results", models.JSONField(default=list)),
                ("faults", models.PositiveSmallIntegerField(default=0)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
            ],
            options={
                "verbose_name": "值班抽查",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Liaison",
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
                ("code", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                ("area", models.CharField(max_length=120, verbose_name="负责的村、社区或单位")),
                ("name", models.CharField(max_length=60, verbose_name="公示姓名")),
                ("duty", models.CharField(blank=True, default="", max_length=60, verbose_name="职务")),
                (
                    "phone",
                    models.CharField(
                        help_text="值班或办公电话，会向社会公布；不要填个人手机", max_length=40, verbose_name="公示电话"
                    ),
                ),
                ("published", models.BooleanField(default=True, verbose_name="公示")),
                ("since", models.DateField(blank=True, null=True, verbose_name="任职日期")),
                ("confirmed_on", models.DateField(blank=True, null=True, verbose_name="核实日期")),
            ],
            options={
                "verbose_name": "灾情报送联络员",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="LiaisonDoubt",
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
                    "wrong",
                    models.CharField(
                        choices=[
                            ("person", "已换人"),
                            ("phone", "电话打不通或号码错误"),
                            ("place", "负责的地方不对"),
                            ("absent", "联系不上、不回应"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(blank=True, default="", max_length=300)),
                ("contact", models.CharField(blank=True, default="", max_length=60)),
                ("address_key", models.CharField(db_index=True, max_length=40)),
            ],
            options={
                "verbose_name": "联络员纠错",
                "abstract": False,
                "base_manager_name": "everything",
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name="circular",
            name="incident",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="circulars", to="command.incident"
            ),
        ),
        migrations.AddField(
            model_name="circular",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddField(
            model_name="circularreceipt",
            name="circular",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="command.circular"
            ),
        ),
        migrations.AddField(
            model_name="circularreceipt",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.organisation"
            ),
        ),
        migrations.AddField(
            model_name="circularreceipt",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddField(
            model_name="dutycheck",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.organisation"
            ),
        ),
        migrations.AddField(
            model_name="dutycheck",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddField(
            model_name="liaison",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddField(
            model_name="liaisondoubt",
            name="liaison",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="doubts", to="command.liaison"
            ),
        ),
        migrations.AddField(
            model_name="liaisondoubt",
            name="world",
            field=models.ForeignKey(
                default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="kernel.world",
            ),
        ),
        migrations.AddIndex(
            model_name="circular",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_cir_shared__b72efc_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="circular",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_cir_owner_k_0ea861_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="circular",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_cir_world_i_fd0731_idx"),
        ),
        migrations.AddConstraint(
            model_name="circular",
            constraint=models.UniqueConstraint(fields=("world", "issuer", "source_id"), name="circular_taken_once"),
        ),
        migrations.AddIndex(
            model_name="circularreceipt",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_cir_shared__5a09a7_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="circularreceipt",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_cir_owner_k_e62743_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="circularreceipt",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_cir_world_i_dc07af_idx"),
        ),
        migrations.AddConstraint(
            model_name="circularreceipt",
            constraint=models.UniqueConstraint(fields=("circular", "organisation"), name="circular_unit_once"),
        ),
        migrations.AddIndex(
            model_name="dutycheck",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_dut_shared__aac19f_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="dutycheck",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_dut_owner_k_2773d0_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="dutycheck",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_dut_world_i_c41161_idx"),
        ),
        migrations.AddIndex(
            model_name="dutycheck",
            index=models.Index(fields=["world", "opened_at"], name="duty_check_by_month"),
        ),
        migrations.AddIndex(
            model_name="liaison",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_lia_shared__aea661_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="liaison",
            index=models.Index(fields=["retired_at"], name="command_lia_retired_54b326_idx"),
        ),
        migrations.AddIndex(
            model_name="liaisondoubt",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["shared_with"], name="command_lia_shared__dfc9c5_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="liaisondoubt",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["owner_keys"], name="command_lia_owner_k_4bd784_gin"
            ),
        ),
        migrations.AddIndex(
            model_name="liaisondoubt",
            index=models.Index(fields=["world", "closed_at", "due_at"], name="command_lia_world_i_7f81a5_idx"),
        ),
    ]
