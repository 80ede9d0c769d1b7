"""People, posts and organisations become ledgers: their region's path, use and disuse, the time of the last change."""

import anlan.kernel.clock
import anlan.places.models.region_path
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("government", "党委政府"), ("headquarters", "指挥机构"), ("bureau", "部门"), ("street", "街道乡镇"),
    ("committee", "社区村"), ("enterprise", "企业单位"), ("team", "救援队伍"),
]  # fmt: skip


def fill_paths(apps, schema_editor):
    """Organisations and posts lie in their region; an account is kept where the person's foremost post is."""
    paths = dict(apps.get_model("places", "Region").objects.values_list("code", "path"))
    for name in ("Organisation", "Post"):
        model = apps.get_model("places", name)
        for region in model.objects.values_list("region_id", flat=True).distinct():
            model.objects.filter(region_id=region).update(scope=paths[region])
    person, holding = apps.get_model("places", "Person"), apps.get_model("places", "Holding")
    home = {}
    for who, region in holding.objects.order_by("-post__rank").values_list("person_id", "post__region_id"):
        home[who] = paths[region]
    for who, path in home.items():
        person.objects.filter(pk=who).update(scope=path)
    # What the ledger calls out of use: so that it can be restored there.
    closed = person.objects.filter(is_active=False, retired_at__isnull=True)
    closed.update(retired_at=anlan.kernel.clock.real_now(), retired_why="账号停用")
    # Changed rows leave checks of foreign keys behind for the end of the transaction; a table with such cannot get an index.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("places", "0003_base_map")]

    operations = [
        *[
            migrations.AddField(model, name, field)
            for model in ("organisation", "person", "post")
            for name, field in (
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="停用时间")),
                ("retired_why", models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="停用原因")),
                ("updated_at", models.DateTimeField(default=anlan.kernel.clock.real_now, editable=False, verbose_name="更新时间")),
            )
        ],
        *[
            migrations.AlterField(model, "sample", models.BooleanField(default=False, help_text="为演示而编的记录", verbose_name="示例"))
            for model in ("organisation", "person", "post")
        ],
        *[
            migrations.AddField(
                model, "scope", models.CharField(max_length=200, default="", db_index=True, editable=False), preserve_default=False
            )
            for model in ("organisation", "post")
        ],
        migrations.AddField("person", "scope", models.CharField(blank=True, db_index=True, default="", editable=False, max_length=200)),
        migrations.AddField(
            "person", "sessions_ended",
            models.PositiveIntegerField(default=0, editable=False, help_text="counts up when sessions are ended"),
        ),
        migrations.RunPython(fill_paths, migrations.RunPython.noop, elidable=True),
        *[
            migrations.AlterField(
                model, "scope", anlan.places.models.region_path.RegionPath(db_index=True, editable=False, max_length=200)
            )
            for model in ("organisation", "post")
        ],
        *[
            migrations.AlterField(model, name, field)
            for model, name, field in (
                ("organisation", "actor", models.CharField(blank=True, db_index=True, default="", max_length=40, verbose_name="预案中的称谓")),
                ("organisation", "code", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="编号")),
                ("organisation", "kind", models.CharField(choices=KINDS, max_length=16, verbose_name="类别")),
                ("organisation", "name", models.CharField(max_length=120, verbose_name="名称")),
                ("organisation", "short_name", models.CharField(blank=True, default="", max_length=40, verbose_name="简称")),
                ("organisation", "parent", models.ForeignKey(
                    blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="children",
                    to="places.organisation", verbose_name="上级单位",
                )),
                ("person", "email", models.EmailField(blank=True, default="", max_length=254, verbose_name="邮箱")),
                ("person", "name", models.CharField(max_length=60, verbose_name="姓名")),
                ("person", "phone", models.CharField(blank=True, default="", max_length=40, verbose_name="电话")),
                ("person", "username", models.CharField(max_length=60, unique=True, verbose_name="账号")),
                ("post", "code", models.CharField(max_length=60, unique=True, verbose_name="编号")),
                ("post", "name", models.CharField(max_length=120, verbose_name="岗位")),
                ("post", "organisation", models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="places.organisation", verbose_name="单位",
                )),
                ("post", "rank", models.PositiveSmallIntegerField(default=50, help_text="数小的排在前面", verbose_name="排序")),
                ("post", "roles", django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name="角色",
                )),
            )
        ],
    ]
