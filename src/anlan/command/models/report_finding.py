"""A suspicion that a report was late, omitted, false or concealed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.quality.loops import REPORT_FINDING
from anlan.kernel.loops import LoopRecord


class ReportFinding(LoopRecord):
    """What facts suggest about one unit's reporting, with those facts and the clause that defines it. A person decides.

    `evidence`: ``[{"at", "what", "who", "url"}]`` in the order of time; `involved`: keys of the people whose own acts it is about.
    """

    class Kind(models.TextChoices):
        LATE = "late", _("迟报")
        OMITTED = "omit", _("漏报")
        FALSE = "false", _("谎报")
        CONCEALED = "conceal", _("瞒报")

    loop = REPORT_FINDING
    view_permission = "command.report_finding.view"

    kind = models.CharField(max_length=10, choices=Kind)
    unit = models.CharField(max_length=80, help_text="who is concerned: the key of an organisation, or an office")
    unit_name = models.CharField(max_length=120)
    level = models.CharField(max_length=20, help_text="village, town, county or department")
    incident = models.ForeignKey(
        "command.Incident", on_delete=models.PROTECT, null=True, related_name="report_findings"
    )
    incoming = models.ForeignKey(
        "command.Incoming", on_delete=models.PROTECT, null=True, related_name="report_findings"
    )
    report = models.ForeignKey("command.Report", on_delete=models.PROTECT, null=True, related_name="findings")
    subject = models.CharField(max_length=160, help_text="what makes it one finding and not two")
    why = models.TextField()
    evidence = models.JSONField(default=list)
    clause = models.CharField(max_length=300)
    involved = ArrayField(models.CharField(max_length=80), default=list)

    class Meta(LoopRecord.Meta):
        constraints = [models.UniqueConstraint(fields=["world", "kind", "subject"], name="report_finding_once")]

    def __str__(self) -> str:
        return f"{self.Kind(self.kind).label}：{self.unit_name}"

    def get_absolute_url(self) -> str:
        return f"/reports/quality/{self.pk}/"
