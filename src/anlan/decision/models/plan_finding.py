"""What an exercise or a real event showed to be wrong with a plan."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.loops import SentOnce
from anlan.kernel.scope import ScopedModel


class PlanFinding(SentOnce, ScopedModel):
    """One finding about a plan, kept in the world in which it was made. `about`: the response that showed it, as it was called then;
    `about_url` leads there for whoever is in that world. `revision`: the work on the plan that it opened or joined, in reality; None
    until the plan's approved revision, which it came too late for, is filed."""

    view_permission = "decision.plan_finding.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey("decision.PlanRecord", on_delete=models.PROTECT, related_name="findings")
    revision = models.ForeignKey(
        "decision.PlanRevision", on_delete=models.PROTECT, related_name="findings", null=True, blank=True
    )
    about = models.CharField(max_length=200)
    about_id = models.UUIDField()
    about_url = models.CharField(max_length=200)
    place = models.CharField(max_length=120, help_text="which part of the plan")
    text = models.TextField(help_text="what is wrong with it")
    mend = models.TextField(help_text="how to put it right")
    at = models.DateTimeField(help_text="by the clock of its world")
    by_name = models.CharField(max_length=160)

    class Meta(ScopedModel.Meta):
        verbose_name = _("预案问题")
        constraints = SentOnce.Meta.constraints
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["about_id", "at"])]

    def __str__(self) -> str:
        return f"{self.place}：{self.text}"[:120]
