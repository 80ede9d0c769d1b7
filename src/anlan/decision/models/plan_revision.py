"""The work of writing a plan or revising it, from the reason to the filing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.decision.loops import APPROVERS, PLAN_REVISION
from anlan.kernel.context import Context
from anlan.kernel.days import working_term_end
from anlan.kernel.loops import ASSIGNEE, LoopRecord

from ..data.plan_validity import validity_rules


class PlanRevision(LoopRecord):
    """One round of work on a plan. `content` is the draft in the exported form; `edition` counts its savings, so that nobody
    overwrites what somebody else has saved meanwhile. `base`: the version that it starts from (None: a new plan)."""

    class Kind(models.TextChoices):
        REWRITE = "rewrite", _("重编")
        REVISE = "revise", _("修订")

    loop = PLAN_REVISION
    view_permission = "decision.plan.revise"

    record = models.ForeignKey("decision.PlanRecord", on_delete=models.PROTECT, related_name="revisions")
    base = models.ForeignKey("decision.PlanVersion", on_delete=models.PROTECT, related_name="+", null=True)
    made = models.ForeignKey("decision.PlanVersion", on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.CharField(max_length=20, help_text="id in plan_validity.yaml")
    why = models.TextField(blank=True, default="")
    content = models.JSONField(default=dict)
    edition = models.PositiveIntegerField(default=1)
    imported_from = models.CharField(max_length=200, blank=True, default="")
    source = models.JSONField(default=list, help_text="the paragraphs of the paper it was read from, for proofreading")
    approved_by = models.CharField(max_length=160, blank=True, default="")
    approved_at = models.DateTimeField(null=True)
    drafters = ArrayField(
        models.CharField(max_length=80), default=list, help_text="whom it goes back to after the review"
    )
    filing_number = models.CharField(max_length=80, blank=True, default="")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=models.Q(closed_at__isnull=True), name="one_open_plan_revision"
            )
        ]

    def __str__(self) -> str:
        return gettext("%(kind)s：%(plan)s") % {"kind": self.get_kind_display(), "plan": self.record.title}

    @property
    def headline(self) -> str:
        return str(self)

    def takes_files(self, ctx: Context) -> bool:
        """Files go into the plan at its approval: they are added while it is written, by whoever writes it."""
        mine = bool(ctx.keys & set(self.owner_keys)) or ctx.may("decision.plan.change", self.scope)
        return self.state == "drafting" and mine

    def get_absolute_url(self) -> str:
        return f"/plans/drafts/{self.pk}/"

    def drafting_until(self) -> datetime:
        return self.opened_at + timedelta(days=validity_rules().drafting_days[self.kind])

    def review_until(self) -> datetime:
        return self.state_since + timedelta(days=validity_rules().review_days)

    def filing_until(self) -> datetime:
        return working_term_end(self.state_since, validity_rules().filing_days)

    @property
    def approver(self) -> str:
        return validity_rules().types[self.record.type].approver

    @property
    def deciders(self) -> tuple[str, ...]:
        """Who may approve a plan of this type, or send it back: the role that the rules name, and those above it."""
        return (ASSIGNEE, *APPROVERS[APPROVERS.index(self.approver) :])

    @property
    def reason_name(self) -> str:
        found = validity_rules().reasons.get(self.reason)
        return found.zh if found else self.reason

    @property
    def filed_with(self) -> str:
        return validity_rules().types[self.record.type].filed_with
