"""Enterprises and units that take part in emergency work."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .numbered import RegisteredPlace


class Enterprise(RegisteredPlace):
    """`organisation` is set when the unit has posts of its own on the platform. `people`: usual number, None unknown."""

    class Kind(models.TextChoices):
        PARK = "park", _("园区")
        CONSTRUCTION = "construction", _("在建工程")
        COMMERCE = "commerce", _("商业综合体")
        INDUSTRY = "industry", _("工贸企业")
        OTHER = "other", _("其他单位")

    kind = models.CharField(_("类别"), max_length=16, choices=Kind, default=Kind.OTHER)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, default="")
    people = models.IntegerField(_("日常人数"), null=True, blank=True, validators=[MinValueValidator(0)])
    organisation = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("对应单位"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
