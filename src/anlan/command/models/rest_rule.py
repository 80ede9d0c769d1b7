"""What a region rules otherwise about rest between shifts."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ledgers import LedgerRow

from .local_rule import LocalRule


class RestRule(LedgerRow):
    """Rest that a shift of at least `shift_hours` asks for before the next one, in a region and below. The nearest region wins.

    It overrides the shipped line of the same length, or adds one. `since` and `until` (its last day) bound its force.
    """

    view_permission = "command.rest_rule.view"

    shift_hours = models.PositiveSmallIntegerField(_("班长不少于"), validators=[MaxValueValidator(72)])
    rest_hours = models.PositiveSmallIntegerField(
        _("下一班前至少休息"), validators=[MinValueValidator(0), MaxValueValidator(240)]
    )
    source = models.CharField(_("依据"), max_length=200)
    confidence = models.CharField(
        _("可信程度"), max_length=8, choices=LocalRule.Confidence, default=LocalRule.Confidence.HIGH
    )
    since = models.DateField(_("施行日期"))
    until = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta(LedgerRow.Meta):
        constraints = [models.UniqueConstraint(fields=["scope", "shift_hours", "since"], name="rest_rule_once")]

    def __str__(self) -> str:
        return f"{self.shift_hours} h → {self.rest_hours} h"
