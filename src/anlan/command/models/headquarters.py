"""Headquarters of a region and the seats in them: who leads what, who belongs to it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ledgers import LedgerRow


class Headquarters(LedgerRow):
    """One body: the general headquarters, a special one, a street's, or a commission. `concerns` are kinds of headquarters of
    incident_types.yaml; what no body concerns itself with falls to the general one. `settled`: the region has confirmed it."""

    view_permission = "command.headquarters.view"

    class Kind(models.TextChoices):
        GENERAL = "general", _("总指挥部")
        SPECIAL = "special", _("专项指挥部")
        SUB = "sub", _("分指挥部")
        COMMISSION = "commission", _("委员会")

    code = models.CharField(_("编号"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    concerns = ArrayField(models.CharField(max_length=20), verbose_name=_("归口事件"), default=list, blank=True)
    office = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("办公室设在"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    template = models.CharField(_("体系"), max_length=20, blank=True, default="", editable=False)
    order = models.PositiveSmallIntegerField(_("排序"), default=50)
    settled = models.BooleanField(_("已核定"), default=False)
    source = models.CharField(_("依据"), max_length=200, blank=True, default="")

    class Meta(LedgerRow.Meta):
        verbose_name = _("指挥机构")

    def __str__(self) -> str:
        return self.name


class HeadquartersSeat(LedgerRow):
    """A seat in a body: a post holds it, or an organisation when it names whom it sends. Neither: the seat is empty."""

    view_permission = "command.headquarters_seat.view"

    code = models.CharField(_("编号"), max_length=80, unique=True)
    headquarters = models.ForeignKey(
        Headquarters, verbose_name=_("指挥机构"), on_delete=models.PROTECT, related_name="seats"
    )
    title = models.CharField(_("席位"), max_length=60)
    rank = models.PositiveSmallIntegerField(_("排序"), default=50)
    post = models.ForeignKey(
        "places.Post", verbose_name=_("岗位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(
        "places.Organisation", verbose_name=_("单位"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(LedgerRow.Meta):
        verbose_name = _("指挥机构席位")

    def __str__(self) -> str:
        return f"{self.headquarters} {self.title}"
