"""A check of a unit's duty."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.command.data.duty_check import duty_check_rule
from anlan.command.dutychecks.loops import DUTY_CHECK
from anlan.command.loops import DUTY
from anlan.kernel.loops import LoopRecord


class DutyCheck(LoopRecord):
    """`results`: ``[{"item", "text", "verdict": ok|fault|none, "note"}]`` as the checklist stood when it was carried out. The unit
    sees the check from the moment that something was found; before that it would be no surprise.
    """

    class Way(models.TextChoices):
        CALL = "call", _("电话")
        VISIT = "visit", _("实地")
        VIDEO = "video", _("视频")

    loop = DUTY_CHECK
    view_permission = "command.duty_check.view"

    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=8, choices=Way)
    by_chance = models.BooleanField(default=False)
    by_street = models.CharField(max_length=40, blank=True, default="")
    unit_keys = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    leader_keys = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.CharField(max_length=160, blank=True, default="")
    met = models.CharField(max_length=60, blank=True, default="")
    results: Any = models.JSONField(default=list)
    faults = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("值班抽查")
        indexes = [*LoopRecord.Meta.indexes, models.Index(fields=["world", "opened_at"], name="duty_check_by_month")]

    def __str__(self) -> str:
        return str(_("值班抽查（%(way)s）：%(unit)s") % {"way": self.get_way_display(), "unit": self.organisation})

    def get_absolute_url(self) -> str:
        return reverse("duty-check", args=[self.pk])

    def rectify_by(self) -> datetime:
        return (self.checked_at or self.opened_at) + timedelta(days=duty_check_rule().rectify_within_days)

    @property
    def checkers(self) -> tuple[str, ...]:
        return (*DUTY, "town") if self.by_street else DUTY

    @property
    def officers(self) -> str:
        return f"org:{self.by_street}" if self.by_street else "duty_officer"

    @property
    def leader(self) -> str:
        return ",".join(self.leader_keys) or self.officers
