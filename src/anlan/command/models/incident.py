"""An incident and what arrives about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.loops import DUTY, INCIDENT
from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel


class Incident(LoopRecord):
    """One event under one number. `facts`: people and things by variable name; a missing or null figure is unknown, never 0."""

    loop = INCIDENT
    view_permission = "command.incident.view"

    number = models.CharField(max_length=40, help_text="110107-20160720-001")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, blank=True, default="", help_text="event code, e.g. 11A52")
    kind_name = models.CharField(max_length=60, blank=True, default="")
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=200, blank=True, default="")
    position = models.PointField(null=True, blank=True, srid=4326)
    accuracy_m = models.PositiveIntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    source = models.CharField(max_length=120, blank=True, default="")
    source_phone = models.CharField(max_length=40, blank=True, default="")
    text = models.TextField(help_text="the report as it was typed or pasted")
    intake = models.JSONField(default=dict, help_text="what was recognised, with its words, and what was corrected")
    facts = models.JSONField(default=dict)
    grade = models.CharField(
        max_length=20, blank=True, default="", help_text="一般 … 特别重大; empty while nothing is proven"
    )
    grade_level = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 highest … 4")
    grading = models.JSONField(default=dict, help_text="clause, provisional, unknown, would_raise, trace")
    sensitive = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    disaster_since = models.DateTimeField(null=True, blank=True, help_text="from then on reported every day (零报告)")
    stable_at = models.DateTimeField(
        null=True, blank=True, help_text="the disaster is stable: verified figures are owed (核报)"
    )
    commander = models.CharField(
        max_length=120, blank=True, default="", help_text="office and name, as the scene says it"
    )
    commander_since = models.DateTimeField(null=True, blank=True)

    class Meta(LoopRecord.Meta):
        verbose_name = _("突发事件")
        indexes = [
            *LoopRecord.Meta.indexes,
            models.Index(fields=["world", "-received_at", "-id"]),
            models.Index(
                fields=["world", "-received_at"], name="incident_open", condition=models.Q(closed_at__isnull=True)
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["world", "number"], name="incident_number_once")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/incidents/{self.pk}/"

    @property
    def may_begin_daily(self) -> tuple[str, ...]:
        """Who may have it reported every day: nobody for what is no natural disaster, or a drought, or is so already."""
        return DUTY if self.disaster_since is None and is_disaster(self.kind) else ()

    @property
    def may_settle(self) -> tuple[str, ...]:
        return DUTY if self.disaster_since is not None and self.stable_at is None else ()

    def next_progress_due(self) -> datetime:
        """An incident in hand is looked at again every two hours (platform default)."""
        return self.state_since + timedelta(minutes=120)


def is_disaster(code: str) -> bool:
    """A natural disaster that is reported every day while it lasts; a drought has a rhythm of its own."""
    kind = shipped_kinds().find(code) if code else None
    return kind is not None and kind.klass == "natural" and kind.national not in shipped_reporting().drought_codes


class Followup(ScopedModel):
    """What arrived later about an incident: a call, a photo, a figure. Never changed, never removed. `told_of`: the event of its own
    that it turned out to tell of, when it was split off.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="followups")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, default="call", choices=[
        ("call", _("电话")), ("field", _("现场上报")), ("figure", _("数据")), ("merged", _("并入的报告")), ("note", _("记事")),
        ("system", _("联动系统")), ("sensor", _("感知设备")),
    ])  # fmt: skip
    text = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict)
    source = models.CharField(max_length=120, blank=True, default="")
    by_name = models.CharField(max_length=120, default="")
    simulated = models.BooleanField(default=False)
    told_of = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    view_permission = "command.incident.view"

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["incident", "at"])]

    def __str__(self) -> str:
        return self.text[:60]
