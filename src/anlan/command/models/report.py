"""Official reports as papers, and where each of them went."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.loops import DUTY, REPORT
from anlan.kernel.ids import new_id
from anlan.kernel.loops import ASSIGNEE, LoopRecord
from anlan.kernel.scope import ScopedModel

from .report_clock import DESK, PAPERS, STAGES

#: Minutes for a step when no legal limit runs (platform default), and the least that anybody is given.
WITHOUT_LIMIT = {"draft": 10, "review": 5, "sign": 5, "send": 5}
LEAST = 1


class Report(LoopRecord):
    """A report as a paper: drafted, reviewed, signed, sent. A correction after sending is a new number.

    `office`: who reports (the county's duty desk, a street, a department); other offices than the desk are named by
    `owner_keys`. `legal_from` to `legal_at` is the strictest written limit that it races: what drafting, review and signature
    may take is carved out of what is left of it.
    """

    loop = REPORT
    reasons_first = True
    view_permission = "command.report.view"

    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, related_name="reports")
    office = models.CharField(max_length=60, default=DESK)
    office_name = models.CharField(
        max_length=120, blank=True, default="", help_text="who reports; empty for the duty desk"
    )
    stage = models.CharField(max_length=12, choices=PAPERS)
    ordinal = models.PositiveSmallIntegerField(help_text="1 for the first report of its stage, 2 for the second …")
    serial = models.CharField(max_length=60, blank=True, default="", help_text="given when it is signed")
    title = models.CharField(max_length=200)
    addressees = ArrayField(models.CharField(max_length=120), default=list)
    body = models.JSONField(default=dict, help_text="structured document text")
    missing = ArrayField(models.CharField(max_length=60), default=list, help_text="required elements marked 待核")
    legal_from = models.DateTimeField(null=True, help_text="from when the strictest written limit counts")
    legal_at = models.DateTimeField(null=True, help_text="when that limit ends")
    submitted_by = models.CharField(max_length=80, blank=True, default="", help_text="key of who put it forward")
    reviewed_by = models.CharField(max_length=160, blank=True, default="")
    reviewed_at = models.DateTimeField(null=True)
    signed_by = models.CharField(max_length=120, blank=True, default="")
    signed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=160, blank=True, default="")
    means = models.CharField(max_length=20, blank=True, default="")
    received_by = models.CharField(max_length=120, blank=True, default="")
    edited = models.BooleanField(
        default=False, help_text="a person wrote in it: the machine leaves it alone from then on"
    )
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(fields=["incident", "office", "stage", "ordinal"], name="report_ordinal_once"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/reports/{self.pk}/"

    @property
    def stage_name(self) -> str:
        return str(dict(STAGES).get(self.stage, self.stage))

    @property
    def is_correction(self) -> bool:
        return self.corrects_id is not None

    @property
    def is_of_desk(self) -> bool:
        return self.office == DESK

    # Who may, and who is told: the duty room for its own, the office that owes it for the others.

    @property
    def writers(self) -> tuple[str, ...]:
        return DUTY if self.is_of_desk else (ASSIGNEE,)

    @property
    def direct_writers(self) -> tuple[str, ...]:
        """Who may put a draft before the signer without a review: the duty room. A street's report is reviewed first."""
        return DUTY if self.is_of_desk else ()

    @property
    def reviewers(self) -> tuple[str, ...]:
        return ("duty_chief", "duty_leader") if self.is_of_desk else (ASSIGNEE,)

    @property
    def signers(self) -> tuple[str, ...]:
        return ("duty_leader",) if self.is_of_desk else (ASSIGNEE,)

    @property
    def told_chief(self) -> str:
        return "duty_chief" if self.is_of_desk else ",".join(self.owner_keys) or "duty_officer"

    @property
    def told_leader(self) -> str:
        return "duty_leader" if self.is_of_desk else ",".join(self.owner_keys) or "duty_officer"

    def draft_due(self) -> datetime:
        return self._carved("draft")

    def review_due(self) -> datetime:
        """The share of a review, and never beyond the half of the legal limit: then it goes on to the signer by itself."""
        due = self._carved("review")
        if self.legal_at is None or self.legal_from is None:
            return due
        share = shipped_reporting().process["review"].values["leader_after_share_pct"] / 100
        half = self.legal_from + (self.legal_at - self.legal_from) * share
        return max(min(due, half), self.state_since + timedelta(minutes=LEAST))

    def sign_due(self) -> datetime:
        return self._carved("sign")

    def send_due(self) -> datetime:
        return self._carved("send")

    def _carved(self, part: str) -> datetime:
        """Of what is left of the legal limit, this step's share among the steps still to come; time saved before is passed on."""
        since = self.state_since
        if self.legal_at is None:
            return since + timedelta(minutes=WITHOUT_LIMIT[part])
        shares: dict[str, Any] = shipped_reporting().process["review"].values["shares_pct"]
        names = list(shares)
        ahead = names[names.index(part) :]
        reserve = 100 - sum(shares.values())
        left = (self.legal_at - since) * (shares[part] / (sum(shares[n] for n in ahead) + reserve))
        return since + max(left, timedelta(minutes=LEAST))


class ReportDelivery(ScopedModel):
    """One recipient of a sent report: by which means it went, who took it, when, and who says so. Never changed once confirmed."""

    class How(models.TextChoices):
        STATED = "stated", _("发出时登记")
        ASKED = "asked", _("事后核实")
        SYSTEM = "system", _("对方在平台签收")

    view_permission = "command.report.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.CharField(
        max_length=60, blank=True, default="", help_text="party of the reporting rules; empty for others"
    )
    recipient_name = models.CharField(max_length=120)
    organisation = models.CharField(
        max_length=80, blank=True, default="", help_text="key of a recipient inside the platform"
    )
    means = models.CharField(max_length=20)
    number = models.CharField(max_length=60, blank=True, default="", help_text="telephone or fax number, or address")
    digest = models.CharField(max_length=64, blank=True, default="", help_text="SHA-256 of the paper that went")
    sent_at = models.DateTimeField()
    sent_by = models.CharField(max_length=160)
    received_at = models.DateTimeField(null=True)
    received_by = models.CharField(max_length=120, blank=True, default="")
    how = models.CharField(max_length=10, blank=True, default="", choices=How)
    confirmed_by = models.CharField(max_length=160, blank=True, default="", help_text="who recorded that it arrived")

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["report", "recipient_name"], name="report_delivery_once")]

    def __str__(self) -> str:
        return f"{self.report.serial} → {self.recipient_name}"


__all__ = ["DESK", "STAGES", "Report", "ReportDelivery"]
