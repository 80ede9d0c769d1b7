"""Who stands behind a task: organisations and the posts in them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id


class Organisation(models.Model):
    """A bureau, street office, committee, headquarters, enterprise or team.

    `actor` is the code by which plans name it (``water``, ``town``, ``hq_office`` …, see organisation.yaml).
    """

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("党委政府")
        HEADQUARTERS = "headquarters", _("指挥机构")
        BUREAU = "bureau", _("部门")
        STREET = "street", _("街道乡镇")
        COMMITTEE = "committee", _("社区村")
        ENTERPRISE = "enterprise", _("企业单位")
        TEAM = "team", _("救援队伍")

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40, blank=True, default="")
    kind = models.CharField(max_length=16, choices=Kind)
    actor = models.CharField(max_length=40, blank=True, default="", db_index=True)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="organisations")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    sample = models.BooleanField(default=False, help_text="a record made for the demonstration")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_name or self.name

    @property
    def key(self) -> str:
        return f"org:{self.code}"


class Post(models.Model):
    """A post carries roles on the region of its organisation (or on `region` when it is narrower)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="posts")
    roles = ArrayField(models.CharField(max_length=40), default=list)
    rank = models.PositiveSmallIntegerField(default=50, help_text="lower stands higher in lists")
    sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["rank", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return f"post:{self.code}"
