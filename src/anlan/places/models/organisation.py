"""Who stands behind a task: organisations and the posts in them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.ledgers import KnownRow, KnownRows

from .region_path import RegionPath


class Organisation(KnownRow):
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

    code = models.CharField(_("编号"), max_length=40, primary_key=True)
    name = models.CharField(_("名称"), max_length=120)
    short_name = models.CharField(_("简称"), max_length=40, blank=True, default="")
    kind = models.CharField(_("类别"), max_length=16, choices=Kind)
    actor = models.CharField(_("预案中的称谓"), max_length=40, blank=True, default="", db_index=True)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="organisations")
    scope = RegionPath(max_length=200, db_index=True, editable=False)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级单位"), on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    duty_phone = models.CharField(_("值班电话"), max_length=40, blank=True, default="", help_text=_("通讯录中人人可见"))
    confirmed_at = models.DateTimeField(_("通讯录核实时间"), null=True, blank=True, editable=False)
    confirmed_by = models.CharField(max_length=160, blank=True, default="", editable=False)

    objects = models.Manager.from_queryset(KnownRows)()
    #: The same rows by the name that every ledger row has for all of them.
    everything = models.Manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_name or self.name

    @property
    def key(self) -> str:
        return f"org:{self.code}"


class Post(KnownRow):
    """A post carries roles on the region of its organisation (or on `region` when it is narrower)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(_("编号"), max_length=60, unique=True)
    name = models.CharField(_("岗位"), max_length=120)
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="posts"
    )
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="posts")
    scope = RegionPath(max_length=200, db_index=True, editable=False)
    roles = ArrayField(models.CharField(max_length=40), verbose_name=_("角色"), default=list, blank=True)
    rank = models.PositiveSmallIntegerField(_("排序"), default=50, help_text=_("数小的排在前面"))

    objects = models.Manager.from_queryset(KnownRows)()
    everything = models.Manager()

    class Meta:
        ordering = ["rank", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def holders(self) -> str:
        """Who holds it now, as a list shows it."""
        return "、".join(h.person.name for h in sorted(self.holdings.all(), key=lambda h: h.since) if h.is_current)

    @property
    def key(self) -> str:
        return f"post:{self.code}"
