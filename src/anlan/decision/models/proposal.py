"""What the machine proposed, on what grounds, and what became of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.decision.loops import PROPOSAL
from anlan.kernel.loops import LoopRecord


class Proposal(LoopRecord):
    """Start, raise, lower or end the response of one hazard in one region. `trace` holds each condition as judged."""

    class Kind(models.TextChoices):
        START = "start", _("启动")
        RAISE = "raise", _("提升")
        LOWER = "lower", _("降低")
        END = "end", _("终止")

    loop = PROPOSAL
    view_permission = "decision.proposal.view"

    kind = models.CharField(max_length=8, choices=Kind)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("decision.PlanVersion", on_delete=models.PROTECT, related_name="proposals")
    hazard = models.CharField(max_length=40)
    level = models.CharField(max_length=4, help_text="I … IV; the level in force for an end")
    level_number = models.PositiveSmallIntegerField()
    approve_role = models.CharField(max_length=40)
    approve_name = models.CharField(max_length=120)
    sign_within_min = models.PositiveIntegerField(default=30)
    trace = models.JSONField(default=list)
    because = models.JSONField(default=list)
    unknown = models.JSONField(default=list)
    facts = models.JSONField(default=dict, help_text="the facts as they were, with their times")
    confidence = models.CharField(max_length=10, default="low")
    reason = models.TextField(blank=True, default="", help_text="why, when a person asked for it by hand")
    decided_by = models.CharField(max_length=160, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    order = models.JSONField(default=dict, help_text="the four elements of the order as approved")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "region", "hazard"], condition=models.Q(closed_at__isnull=True), name="one_waiting_proposal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan.title} {self.get_kind_display()} {self.level}级"

    def sign_within(self) -> int:
        return self.sign_within_min

    @property
    def order_matter(self) -> str:
        return str(self)

    @property
    def order_hours(self) -> int:
        return 24

    @property
    def order_measures(self) -> str:
        cards = next((lv["tasks"] for lv in self.plan.content.get("levels", []) if lv.get("level") == self.level), [])
        texts = [str(c.get("zh", "")) for c in cards][:6]
        return "；".join(t for t in texts if t)
