"""Plans as versioned data."""

from __future__ import annotations

from django.db import models

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class PlanVersion(ScopedModel):
    """One version of a plan, in force from a moment on until a later version is. `content` is what `parse_plan` reads.

    A shipped plan has no region: it holds wherever a region has no plan of its own under the same key.
    """

    view_permission = "decision.plan.view"
    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=60, help_text="plan id, e.g. flood")
    version = models.PositiveIntegerField(default=1)
    hazard = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    content = models.JSONField()
    shipped = models.BooleanField(default=False, help_text="the default of the reference, not this bureau's own plan")
    in_force_from = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["region", "key", "version"], name="plan_version_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    def get_absolute_url(self) -> str:
        return f"/plans/{self.pk}/"
