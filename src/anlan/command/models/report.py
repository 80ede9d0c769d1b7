"""Official reports, and the clocks that they race."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.loops import REPORT, REPORT_CLOCK
from anlan.kernel.loops import LoopRecord

STAGES = [("first", _("首报")), ("continue", _("续报")), ("final", _("终报"))]


class ReportClock(LoopRecord):
    """One legal limit: one sender, recipient, form and stage. Lateness is a fact and stays one."""

    loop = REPORT_CLOCK
    view_permission = "command.report.view"

    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, related_name="clocks")
    stage = models.CharField(max_length=12)
    rule = models.CharField(max_length=60)
    rule_name = models.CharField(max_length=120)
    sender = models.CharField(max_length=60)
    sender_name = models.CharField(max_length=120)
    recipient = models.CharField(max_length=60)
    recipient_name = models.CharField(max_length=120)
    form = models.CharField(max_length=20)
    form_name = models.CharField(max_length=40)
    minutes = models.IntegerField(null=True, help_text="0: at once; null: the rule gives no number")
    started_at = models.DateTimeField(null=True)
    legal_at = models.DateTimeField(null=True, help_text="when a report not made counts as late")
    clause = models.CharField(max_length=300)
    confidence = models.CharField(max_length=10, default="low")
    immediate = models.BooleanField(
        default=False, help_text="the rule says at once; `legal_at` is then that of the next rule with a number"
    )
    certain = models.BooleanField(default=True, help_text="false: started provisionally, `needs` will tell")
    needs = models.JSONField(default=list, help_text="facts that decide whether the rule applies")
    supersedes = models.JSONField(default=list, help_text="less strict rules that also applied")
    met_at = models.DateTimeField(null=True)
    means = models.CharField(max_length=20, blank=True, default="")
    reported_by = models.CharField(max_length=160, blank=True, default="")
    received_by = models.CharField(max_length=120, blank=True, default="", help_text="who took it at the other end")
    report = models.ForeignKey("command.Report", on_delete=models.PROTECT, null=True, related_name="clocks_met")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "sender", "recipient", "form", "stage"], name="one_running_clock",
                condition=models.Q(closed_at__isnull=True),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        who = f"{self.sender_name} " if self.is_of_street else ""
        return f"{who}{dict(STAGES).get(self.stage, self.stage)} → {self.recipient_name}（{self.form_name}）"

    @property
    def is_of_street(self) -> bool:
        """Owed by the street that registered the incident, not by the county's duty room."""
        return self.owner_role == "town"

    @property
    def reminded(self) -> str:
        """Who is told shortly before the limit: whoever owes the report."""
        return ",".join(self.owner_keys) or "town" if self.is_of_street else "duty_officer"

    @property
    def told_first(self) -> str:
        return "duty_officer" if self.is_of_street else "duty_chief"

    @property
    def told_then(self) -> str:
        return "duty_chief" if self.is_of_street else "duty_leader"

    def legal_due(self) -> datetime | None:
        return self.legal_at

    def get_absolute_url(self) -> str:
        return f"/incidents/{self.incident_id}/"

    @property
    def late_minutes(self) -> int | None:
        """Minutes past the limit when it was met; None while running, 0 when in time."""
        if self.met_at is None or self.legal_at is None:
            return None
        return max(0, int((self.met_at - self.legal_at).total_seconds() // 60))


class Report(LoopRecord):
    """A report as a paper: drafted, signed, sent. A correction after sending is a new number."""

    loop = REPORT
    reasons_first = True
    view_permission = "command.report.view"

    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, related_name="reports")
    stage = models.CharField(max_length=12, choices=STAGES)
    ordinal = models.PositiveSmallIntegerField(help_text="1 for the first report of its stage, 2 for the second …")
    serial = models.CharField(max_length=60, blank=True, default="", help_text="given when it is signed")
    title = models.CharField(max_length=200)
    addressees = ArrayField(models.CharField(max_length=120), default=list)
    body = models.JSONField(default=dict, help_text="structured document text")
    missing = ArrayField(models.CharField(max_length=60), default=list, help_text="required elements marked 待核")
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
            models.UniqueConstraint(fields=["incident", "stage", "ordinal"], name="report_ordinal_once"),
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
