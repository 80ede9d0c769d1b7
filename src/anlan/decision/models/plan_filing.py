"""An enterprise's plan handed in for filing."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.decision.loops import PLAN_FILING
from anlan.kernel.days import working_term_end
from anlan.kernel.loops import LoopRecord

from ..data.plan_filing import filing_rules


class PlanFiling(LoopRecord):
    """Handed in by the enterprise's own account, looked through by the bureau, filed with a number or returned with what is missing.

    The files are attachments. `refile_by`: when it has to be looked at again and filed anew.
    """

    class Kind(models.TextChoices):
        OVERALL = "overall", _("综合应急预案")
        SPECIAL = "special", _("专项应急预案")
        SITE = "site", _("现场处置方案")

    loop = PLAN_FILING
    view_permission = "decision.filing.view"

    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    published_on = models.DateField()
    materials = ArrayField(models.CharField(max_length=20), default=list, help_text="ids of plan_filing.yaml handed in")
    handed_in_by = models.CharField(max_length=160)
    missing = models.TextField(blank=True, default="", help_text="what has to be completed, told at once")
    filing_number = models.CharField(max_length=80, blank=True, default="")
    filed_at = models.DateTimeField(null=True)
    refile_by = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.organisation}：{self.title}"

    @property
    def headline(self) -> str:
        return str(self)

    def get_absolute_url(self) -> str:
        return f"/plan-filings/{self.pk}/"

    def check_until(self) -> datetime:
        return working_term_end(self.state_since, filing_rules().check_days)

    def mend_until(self) -> datetime:
        return working_term_end(self.state_since, filing_rules().mend_days)
