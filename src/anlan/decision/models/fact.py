"""What is known in a region, as the plans' variables."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.scope import ScopedModel


class Fact(ScopedModel):
    """The latest value of one variable in one region and world, with the time of the datum and where it came from.

    A missing row, a null value, or one past `expires_at` is unknown.
    """

    view_permission = "decision.fact.view"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    variable = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=200)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["world", "region", "variable"], name="fact_once")]

    def __str__(self) -> str:
        return f"{self.variable} = {self.value}"


class Contribution(ScopedModel):
    """What one warning, incident, street or task adds to the facts of a region; it goes when its origin ends.

    `data` by kind: warning ``{"hazard", "color"}``; incident ``{"kind", "facts"}``; relocation ``{"relocated"}``; task figures.
    """

    class Kind(models.TextChoices):
        WARNING = "warning", _("预警")
        INCIDENT = "incident", _("事件")
        RELOCATION = "relocation", _("转移")
        TASK = "task", _("任务反馈")

    view_permission = "decision.fact.view"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    origin = models.CharField(max_length=60, help_text="id of the warning, incident or task; code of the street")
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["world", "region", "kind", "origin"], name="contribution_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.origin}"
