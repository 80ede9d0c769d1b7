"""Places that need attention: where water gathers, and who must be protected."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .numbered import RegisteredPlace


class RiskSite(RegisteredPlace):
    """A waterlogging point or underpass. `warn_cm` is the depth at which it is watched, `close_cm` at which it is closed."""

    class Kind(models.TextChoices):
        UNDERPASS = "underpass", _("下凹桥（立交桥下）")
        ROAD = "road", _("易积水路段")
        COMMUNITY = "community", _("易积水院落")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    warn_cm = models.PositiveSmallIntegerField(_("警戒水深"), null=True, blank=True)
    close_cm = models.PositiveSmallIntegerField(_("断行水深"), null=True, blank=True)
    affects = models.CharField(_("影响范围"), max_length=200, blank=True, default="")
    owner = models.ForeignKey(
        "places.Post", verbose_name=_("责任岗位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )


class ProtectedSite(RegisteredPlace):
    """A school, hospital or other place full of people. `people` is the usual number (None unknown)."""

    class Kind(models.TextChoices):
        SCHOOL = "school", _("学校")
        KINDERGARTEN = "kindergarten", _("幼儿园")
        HOSPITAL = "hospital", _("医疗机构")
        CARE_HOME = "care_home", _("养老机构")
        STATION = "station", _("车站")
        MARKET = "market", _("市场")

    kind = models.CharField(_("类别"), max_length=16, choices=Kind)
    people = models.IntegerField(_("日常人数"), null=True, blank=True, validators=[MinValueValidator(0)])
    contact = models.ForeignKey(
        "places.Post", verbose_name=_("联络岗位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
