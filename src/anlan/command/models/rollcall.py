"""点名: a plan of roll calls, one roll call, and the answer that each unit owes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.command.loops import DUTY
from anlan.command.rollcall.loops import ANSWER, ROLLCALL
from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel
from anlan.places.queries import leader_key_of


class RollCallPlan(ScopedModel):
    """When roll calls are drawn up by themselves. Only for reality: in an exercise they are drawn up by hand.

    `times` are ``["08:30", …]``, each moved by up to `jitter_min` minutes; `key_times` replace them from `key_from` to
    `key_until` (both days included). `next_at` is settled when the one before was drawn up and shown to nobody who is called.
    """

    view_permission = "command.rollcall.draw"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.CharField(max_length=120)
    organisations = ArrayField(models.CharField(max_length=40))
    times = ArrayField(models.CharField(max_length=5))
    jitter_min = models.PositiveSmallIntegerField(default=0)
    key_times = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    key_from = models.DateField(null=True, blank=True)
    key_until = models.DateField(null=True, blank=True)
    answer_min = models.PositiveSmallIntegerField()
    by_street = models.CharField(max_length=40, blank=True, default="", help_text="code of the street that asks")
    next_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    made_by = models.CharField(max_length=160)
    made_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        verbose_name = _("点名计划")
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["next_at"], name="rollcall_next", condition=models.Q(stopped_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class RollCall(LoopRecord):
    """One roll call of many units. `by_street` is the street that asks its communities; empty for a duty room."""

    loop = ROLLCALL
    view_permission = "command.rollcall.view"

    title = models.CharField(max_length=120)
    text = models.CharField(max_length=500)
    plan = models.ForeignKey(RollCallPlan, on_delete=models.PROTECT, null=True, related_name="drawn")
    planned_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField()
    drawn_by = models.CharField(max_length=160)
    by_street = models.CharField(max_length=40, blank=True, default="")
    message = models.ForeignKey("messaging.Message", on_delete=models.PROTECT, null=True, related_name="+")
    absent_names = models.CharField(max_length=500, blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("点名")
        constraints = [models.UniqueConstraint(fields=["plan", "planned_at"], name="rollcall_once_planned")]

    def __str__(self) -> str:
        return self.title

    @property
    def headline(self) -> str:
        if self.state == "following" and self.absent_names:
            return str(_("%(title)s未应答：%(names)s") % {"title": self.title, "names": self.absent_names})
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("rollcall", args=[self.pk])

    def answers_due(self) -> datetime:
        return self.answer_by

    @property
    def callers(self) -> tuple[str, ...]:
        return callers_of(self.by_street)

    @property
    def officers(self) -> str:
        return f"org:{self.by_street}" if self.by_street else "duty_officer"

    @property
    def leaders(self) -> str:
        return leader_key_of(self.by_street) if self.by_street else "duty_leader"


def callers_of(by_street: str) -> tuple[str, ...]:
    """Roles that act for whoever asks: a street that is asked itself writes down nothing for itself."""
    return (*DUTY, "town") if by_street else DUTY


class RollCallAnswer(LoopRecord):
    """What one unit owes to a roll call. `called` is who was asked: ``[{"person", "name", "post"}]``, fixed at the beginning."""

    loop = ANSWER
    view_permission = "command.rollcall.view"

    rollcall = models.ForeignKey(RollCall, on_delete=models.PROTECT, related_name="answers")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    called: Any = models.JSONField(default=list)
    post_name = models.CharField(max_length=160, blank=True, default="")
    leader_keys = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=160, blank=True, default="")
    means = models.CharField(max_length=12, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("点名应答")
        indexes = [*LoopRecord.Meta.indexes, models.Index(fields=["world", "opened_at"], name="rollcall_by_month")]
        constraints = [models.UniqueConstraint(fields=["rollcall", "organisation"], name="rollcall_unit_once")]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.rollcall}"

    @property
    def headline(self) -> str:
        return str(_("%(title)s：%(unit)s") % {"title": self.rollcall.title, "unit": self.organisation})

    def get_absolute_url(self) -> str:
        return self.rollcall.get_absolute_url()

    @property
    def callers(self) -> tuple[str, ...]:
        return callers_of(self.rollcall.by_street)

    def answers_due(self) -> datetime:
        return self.rollcall.answer_by

    @property
    def judges(self) -> tuple[str, ...]:
        return ("town",) if self.rollcall.by_street else ("duty_chief", "duty_leader")

    @property
    def leader(self) -> str:
        return ",".join(self.leader_keys) or self.rollcall.leaders

    @property
    def officers(self) -> str:
        return self.rollcall.officers
