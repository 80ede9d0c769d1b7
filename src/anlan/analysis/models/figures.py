"""The figures of regions over time."""

from __future__ import annotations

from django.db import models

from anlan.kernel.scope import ScopedModel


class RegionFigures(ScopedModel):
    """The figures of one region at one time: values over the area by nearest gauge."""

    view_permission = "analysis.figures.view"

    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    figures = models.JSONField()
    obtained = models.FloatField(help_text="share of the longest window's readings that arrived, 0 to 1")

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["world", "region", "at"], name="one_figure_per_region_and_time")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.at:%F %T}"
