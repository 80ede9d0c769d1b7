"""Emergency shelters as they stand in peacetime; opening and head counts belong to `action`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .numbered import RegisteredPlace


class Shelter(RegisteredPlace):
    """`grade` and `shelter_class` as in the shelter facts; `capacity` in people, None unknown; `switch_min` minutes to open."""

    class Status(models.TextChoices):
        NORMAL = "normal", _("平时")
        UNUSABLE = "unusable", _("暂不可用")

    class Hazard(models.TextChoices):
        FLOOD = "flood", _("洪涝")
        EARTHQUAKE = "earthquake", _("地震")
        GEOLOGY = "geology", _("地质灾害")
        FOREST_FIRE = "forest_fire", _("森林火灾")
        RELIEF = "relief", _("受灾群众安置")

    grade = models.CharField(_("级别"), max_length=20)
    shelter_class = models.CharField(_("类型"), max_length=20)
    indoor = models.BooleanField(_("室内"), default=False)
    effective_area_m2 = models.PositiveIntegerField(_("有效面积"), null=True, blank=True)
    capacity = models.PositiveIntegerField(_("可容纳人数"), null=True, blank=True)
    daily_use = models.CharField(_("日常用途"), max_length=60, blank=True, default="")
    facilities = ArrayField(models.CharField(max_length=20), verbose_name=_("设施"), default=list, blank=True)
    hazards = ArrayField(
        models.CharField(max_length=20, choices=Hazard), verbose_name=_("适用灾种"), default=list, blank=True
    )
    switch_min = models.PositiveSmallIntegerField(_("启用用时"), null=True, blank=True)
    status = models.CharField(_("状态"), max_length=12, choices=Status, default=Status.NORMAL)
    organisation = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("管理单位"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    contact = models.ForeignKey(
        "places.Post", verbose_name=_("联络岗位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
