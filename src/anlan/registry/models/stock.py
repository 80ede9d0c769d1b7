"""Warehouses and what lies in them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .numbered import RegisteredPlace, RegisteredRow


class Warehouse(RegisteredPlace):
    """`mode`: kind of reserve (physical, by agreement …) as in the supplies facts."""

    mode = models.CharField(_("储备方式"), max_length=20)
    area_m2 = models.PositiveIntegerField(_("面积"), null=True, blank=True)
    organisation = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("管理单位"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    keeper = models.ForeignKey(
        "places.Post", verbose_name=_("保管岗位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )


class StockLine(RegisteredRow):
    """So much of one item, made in one month, in one warehouse. `expires` follows from the item's shelf life."""

    warehouse = models.ForeignKey(Warehouse, verbose_name=_("仓库"), on_delete=models.PROTECT, related_name="stock")
    item = models.CharField(_("品目"), max_length=40)
    quantity = models.DecimalField(_("数量"), max_digits=12, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=12, blank=True, default="")
    made = models.DateField(_("生产年月"), null=True, blank=True)
    expires = models.DateField(_("到期日"), null=True, blank=True)
