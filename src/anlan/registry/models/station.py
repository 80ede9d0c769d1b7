"""Monitoring stations: where something is measured, by whom, how often."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .numbered import RegisteredPlace


class Station(RegisteredPlace):
    """A gauge. Stations with the same `shared_gauge` in the same region give identical readings and count once."""

    class Kind(models.TextChoices):
        RAIN = "rain", _("雨量站")
        LEVEL = "level", _("水位站")
        WATERLOG = "waterlog", _("积水监测点")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    unit = models.CharField(_("计量单位"), max_length=12, default="mm")
    interval_min = models.PositiveSmallIntegerField(_("上报间隔"), default=60)
    period_min = models.PositiveSmallIntegerField(
        _("雨量时段"), null=True, blank=True, help_text=_("一次读数是多久的雨量；空着与上报间隔相同，最长 60 分钟")
    )
    organisation = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("管理单位"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    county = models.CharField(_("所在区县"), max_length=40, blank=True, default="")
    shared_gauge = models.CharField(_("同一雨量计组"), max_length=8, blank=True, default="")
    simulated = models.BooleanField(_("模拟"), default=False, help_text=_("读数由模拟产生"))
