"""What the machine proposed, on what grounds, and what became of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.decision.loops import APPROVERS, PROPOSAL
from anlan.kernel.loops import ASSIGNEE, LoopRecord


class Proposal(LoopRecord):
    """Start, raise, lower or end the response of one hazard in one region. `trace` holds each condition as judged."""

    class Kind(models.TextChoices):
        START = "start", _("启动")
        RAISE = "raise", _("提升")
        LOWER = "lower", _("降低")
        END = "end", _("终止")

    loop = PROPOSAL
    reasons_first = True
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
    below_since = models.DateTimeField(null=True, help_text="lowering and ending: since when the figures lie below")
    decided_by = models.CharField(max_length=160, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    order = models.JSONField(default=dict, help_text="the four elements of the order as approved")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "region", "hazard"],
                condition=models.Q(closed_at__isnull=True),
                name="one_waiting_proposal",
            )
        ]

    def __str__(self) -> str:
        return gettext("%(kind)s%(plan)s%(level)s级应急响应") % {
            "kind": self.get_kind_display(), "plan": self.plan.title, "level": self.level,
        }  # fmt: skip

    def get_absolute_url(self) -> str:
        return f"/proposals/{self.pk}/"

    def sign_within(self) -> int:
        return self.sign_within_min

    @property
    def deciders(self) -> tuple[str, ...]:
        """Whom it was put to, the role that the plan names, and those above it."""
        first = APPROVERS.index(self.approve_role) if self.approve_role in APPROVERS else 0
        return (ASSIGNEE, *APPROVERS[first:])

    @property
    def next_post(self) -> str:
        """Whom an unanswered proposal goes to next."""
        return self.deciders[min(2, len(self.deciders) - 1)]

    @property
    def by_hand(self) -> bool:
        return bool(self.reason)

    @property
    def level_content(self) -> dict[str, Any]:
        """The plan's data for the proposed level."""
        return next((lv for lv in self.plan.content.get("levels", []) if lv.get("level") == self.level), {})

    @property
    def order_matter(self) -> str:
        return str(self)

    @property
    def order_hours(self) -> int | None:
        return None if self.kind == self.Kind.END else 24

    @property
    def order_measures(self) -> str:
        if self.kind == self.Kind.END:
            return "；".join(self.plan.content.get("terminate", []))
        if self.kind == self.Kind.LOWER:
            return gettext("转为%(level)s级响应，未完成的转移安置和险情处置任务继续办理") % {"level": self.level}
        own = [c for c in self.level_content.get("tasks", []) if not str(c.get("id", "")).startswith("t_")]
        return "；".join(str(c["zh"]) for c in (own or self.level_content.get("tasks", []))[:8])
