"""Reservoirs and river reaches: their levels, who decides and operates, and who has to leave when they are in danger."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .numbered import RegisteredPlace


class WaterWork(RegisteredPlace):
    """A reservoir or a reach of a river with its banks. Levels in metres above the datum of its gauge (None unknown), rising:
    `limit_m` (reservoirs, in the flood season), `warn_m`, `guarantee_m`, `crest_m` (top of the dam or bank)."""

    class Kind(models.TextChoices):
        RESERVOIR = "reservoir", _("水库")
        RIVER = "river", _("河道堤岸")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    station = models.ForeignKey(
        "registry.Station",
        verbose_name=_("水位站"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="works",
    )
    limit_m = models.DecimalField(_("汛限水位"), max_digits=8, decimal_places=2, null=True, blank=True)
    warn_m = models.DecimalField(_("警戒水位"), max_digits=8, decimal_places=2, null=True, blank=True)
    guarantee_m = models.DecimalField(_("保证水位"), max_digits=8, decimal_places=2, null=True, blank=True)
    crest_m = models.DecimalField(_("坝（堤）顶高程"), max_digits=8, decimal_places=2, null=True, blank=True)
    gates = models.CharField(_("闸门和泄洪设施"), max_length=400, blank=True, default="")
    operation = models.CharField(_("调度运用规定"), max_length=1000, blank=True, default="")
    dispatcher = models.ForeignKey(
        "places.Organisation", verbose_name=_("调度决定单位"), on_delete=models.PROTECT, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    operator = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("管理单位"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    head = models.ForeignKey(
        "places.Post", verbose_name=_("行政责任人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    technical = models.ForeignKey(
        "places.Post", verbose_name=_("技术责任人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    patrol = models.ForeignKey(
        "places.Post", verbose_name=_("巡查责任人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    source = models.CharField(_("依据"), max_length=200, blank=True, default="")


class EvacuationArea(RegisteredPlace):
    """A village or community, or a part of it, that leaves when a water work is in danger. `people`, `households`: by the roll, None
    unknown; `leaves_at`: from which state on; `route`: on foot or by vehicle, as people there call the roads."""

    class At(models.TextChoices):
        WARN = "warn", _("达到警戒水位")
        GUARANTEE = "guarantee", _("达到保证水位")
        DANGER = "danger", _("出现险情")

    water_work = models.ForeignKey(
        WaterWork, verbose_name=_("水库或河段"), on_delete=models.PROTECT, related_name="areas"
    )
    leaves_at = models.CharField(_("何时转移"), max_length=12, choices=At, default=At.DANGER)
    people = models.PositiveIntegerField(_("人数"), null=True, blank=True)
    households = models.PositiveIntegerField(_("户数"), null=True, blank=True)
    weak = models.PositiveIntegerField(_("老弱病残孕人数"), null=True, blank=True)
    route = models.CharField(_("转移路线"), max_length=400, blank=True, default="")
    shelter = models.ForeignKey(
        "registry.Shelter", verbose_name=_("安置点"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    head = models.ForeignKey(
        "places.Post", verbose_name=_("转移责任人"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
