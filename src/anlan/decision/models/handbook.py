"""Versions of the industry command handbooks, as data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class HandbookVersion(ScopedModel):
    """One version of one industry's handbook. `content` is what `handbooks.content.parse_handbook` reads. Without a region it is a
    shipped one: it holds wherever a region has none of its own, and the newest version of each holds."""

    view_permission = "decision.plan.view"
    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    industry = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    content = models.JSONField()
    in_force_from = models.DateTimeField()
    approved_by = models.CharField(max_length=160, blank=True, default="")
    why = models.CharField(max_length=400, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = _("行业应急指挥手册")
        constraints = [
            models.UniqueConstraint(
                fields=["region", "industry", "version"], name="handbook_version_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/handbooks/{self.pk}/"
