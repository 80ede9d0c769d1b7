"""Rescue teams and what they bring."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .numbered import RegisteredPlace, RegisteredRow


class Team(RegisteredPlace):
    """A rescue team; `kind` as in the district's rescue system (T1 district … T4 community)."""

    class Kind(models.TextChoices):
        T1 = "T1", _("区应急救援联队")
        T2 = "T2", _("行业部门、企业小分队")
        T3 = "T3", _("街道（乡镇）中队")
        T4 = "T4", _("社区（村）应急队")

    kind = models.CharField(_("类别"), max_length=4, choices=Kind)
    speciality = models.CharField(_("专长"), max_length=60, blank=True, default="")
    people = models.PositiveIntegerField(_("人数"), null=True, blank=True)
    ready_min = models.PositiveSmallIntegerField(_("集结时间"), null=True, blank=True)
    organisation = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("所属单位"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    leader = models.ForeignKey(
        "places.Post", verbose_name=_("带队岗位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )


class Equipment(RegisteredRow):
    """Equipment of a team: `item` is a key of the supplies catalogue."""

    team = models.ForeignKey(Team, verbose_name=_("所属队伍"), on_delete=models.PROTECT, related_name="equipment")
    item = models.CharField(_("品目"), max_length=40)
    quantity = models.PositiveIntegerField(_("数量"), null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=12, blank=True, default="")
