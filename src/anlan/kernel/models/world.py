"""Exercises and replays as worlds with a clock of their own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel import clock
from anlan.kernel.ids import new_id


class World(models.Model):
    """One exercise (演练) or replay. The real world has a row too (id 0) so that foreign keys hold."""

    class Kind(models.TextChoices):
        REAL = "real", _("实况")
        EXERCISE = "exercise", _("演练")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.EXERCISE)
    title = models.CharField(max_length=200)
    scope = models.CharField(max_length=200, default="", blank=True)
    anchor_real = models.DateTimeField()
    anchor_world = models.DateTimeField()
    rate = models.FloatField(default=1.0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(rate__gte=0), name="world_rate_not_negative")]

    def __str__(self) -> str:
        return self.title

    def reading(self) -> clock.Reading:
        return clock.Reading(self.anchor_real, self.anchor_world, self.rate, self.pk)

    @property
    def is_running(self) -> bool:
        return self.ended_at is None
