"""What a province, city or district rules otherwise about reporting."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ledgers import LedgerRow


class LocalRule(LedgerRow):
    """One reporting rule as it holds in a region and below: other minutes per form, or not at all. The nearest region wins.

    Minutes left empty stay as shipped. `since` and `until` (the day after which it no longer holds) bound its force.
    """

    view_permission = "command.local_rule.view"

    class Confidence(models.TextChoices):
        HIGH = "high", _("有文件依据")
        MEDIUM = "medium", _("通行口径")
        LOW = "low", _("建议值")

    rule = models.CharField(_("规定"), max_length=60)
    phone_min = models.PositiveIntegerField(_("电话时限"), null=True, blank=True)
    written_min = models.PositiveIntegerField(_("书面时限"), null=True, blank=True)
    system_min = models.PositiveIntegerField(_("系统填报时限"), null=True, blank=True)
    off = models.BooleanField(_("本地不执行"), default=False)
    source = models.CharField(_("依据"), max_length=200)
    confidence = models.CharField(_("可信程度"), max_length=8, choices=Confidence, default=Confidence.HIGH)
    since = models.DateField(_("施行日期"))
    until = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta(LedgerRow.Meta):
        constraints = [models.UniqueConstraint(fields=["scope", "rule", "since"], name="local_rule_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.source}"
