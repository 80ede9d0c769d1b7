"""Plans and their versions, as data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class PlanRecord(ScopedModel):
    """A plan through all its versions: what it is, whose it is, which plan stands above it, whether it still holds.

    A shipped plan has no region: it holds wherever a region has none of its own for the hazard.
    """

    class Type(models.TextChoices):
        OVERALL = "overall", _("总体预案")
        SPECIAL = "special", _("专项预案")
        DEPARTMENT = "department", _("部门预案")
        STREET = "street", _("镇街预案")
        VILLAGE = "village", _("村（社区）预案")
        ENTERPRISE = "enterprise", _("企业预案")
        EVENT = "event", _("重大活动预案")

    view_permission = "decision.plan.view"
    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=60, help_text="plan id, e.g. flood")
    title = models.CharField(max_length=120)
    type = models.CharField(max_length=12, choices=Type, default=Type.SPECIAL)
    hazard = models.CharField(max_length=40)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    owner = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    owner_name = models.CharField(
        max_length=120, blank=True, default="", help_text="an owner outside the directory, e.g. a firm"
    )
    upper = models.ForeignKey("self", on_delete=models.PROTECT, related_name="lower", null=True, blank=True)
    shipped = models.BooleanField(default=False, help_text="the default of the reference, not this bureau's own plan")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=400, blank=True, default="")

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["region", "code"], name="plan_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/plans/of/{self.pk}/"

    @property
    def whose(self) -> str:
        """Who answers for it: its organisation, the firm named, or the region."""
        return self.owner.name if self.owner else self.owner_name or (self.region.name if self.region else "")


class PlanVersion(ScopedModel):
    """One version of a plan, in force from a moment on until a later version is. `content` is what `parse_plan` reads.

    A shipped plan has no region: it holds wherever a region has no plan of its own for the hazard.
    """

    view_permission = "decision.plan.view"
    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey(PlanRecord, on_delete=models.PROTECT, related_name="versions")
    key = models.CharField(max_length=60, help_text="plan id, e.g. flood")
    version = models.PositiveIntegerField(default=1)
    hazard = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    content = models.JSONField()
    shipped = models.BooleanField(default=False, help_text="the default of the reference, not this bureau's own plan")
    in_force_from = models.DateTimeField()
    approved_by = models.CharField(max_length=160, blank=True, default="")

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["region", "key", "version"], name="plan_version_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    def get_absolute_url(self) -> str:
        return f"/plans/{self.pk}/"
