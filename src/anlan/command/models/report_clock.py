"""The clocks that official reports race."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.loops import REPORT_CLOCK
from anlan.kernel.loops import LoopRecord

#: The office that answers for what the duty desk of the county owes.
DESK = "county"
#: Stages that have a paper of their own, and those that a lasting disaster files besides.
PAPERS = [("first", _("首报")), ("continue", _("续报")), ("final", _("终报"))]
STAGES = [*PAPERS, ("zero", _("零报告")), ("verify", _("核报"))]


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
    office = models.CharField(
        max_length=60, default=DESK, help_text="who answers for it: the county's duty desk, the street, a department"
    )
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
        who = "" if self.is_of_desk else f"{self.sender_name} "
        return f"{who}{dict(STAGES).get(self.stage, self.stage)} → {self.recipient_name}（{self.form_name}）"

    @property
    def headline(self) -> str:
        """With its incident: several incidents run the same limits at once."""
        return f"{self.incident.title}：{self}"

    @property
    def is_of_street(self) -> bool:
        """Owed by the street that registered the incident."""
        return self.office == "town"

    @property
    def is_of_desk(self) -> bool:
        """Owed by the county's duty room; streets and departments owe theirs themselves."""
        return self.office == DESK

    @property
    def reminded(self) -> str:
        """Who is told shortly before the limit: whoever owes the report."""
        return "duty_officer" if self.is_of_desk else ",".join(self.owner_keys) or self.office

    @property
    def told_first(self) -> str:
        return "duty_chief" if self.is_of_desk else "duty_officer"

    @property
    def told_then(self) -> str:
        return "duty_leader" if self.is_of_desk else "duty_chief"

    def legal_due(self) -> datetime | None:
        return self.legal_at

    def get_absolute_url(self) -> str:
        """The incident; a department, which need not see that, reads its clock by itself."""
        own_page = self.office in (DESK, "town", "village")
        return f"/incidents/{self.incident_id}/" if own_page else super().get_absolute_url()

    @property
    def late_minutes(self) -> int | None:
        """Minutes past the limit when it was met; None while running, 0 when in time."""
        if self.met_at is None or self.legal_at is None:
            return None
        return max(0, int((self.met_at - self.legal_at).total_seconds() // 60))
