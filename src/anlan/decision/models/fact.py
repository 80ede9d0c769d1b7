"""What is known in a region, as the plans' variables."""

from __future__ import annotations

from django.db import models

from anlan.kernel.scope import ScopedModel


class Fact(ScopedModel):
    """The latest value of one variable in one region and world, with the time of the datum and where it came from.

    A missing row, or a null value, is unknown.
    """

    view_permission = "decision.fact.view"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    variable = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    at = models.DateTimeField()
    source = models.CharField(max_length=200)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["world", "region", "variable"], name="fact_once")]

    def __str__(self) -> str:
        return f"{self.variable} = {self.value}"
