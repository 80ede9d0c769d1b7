"""A whistle that a street blows, and the call that goes to each department."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.data.whistle import Kind, whistle_rules
from anlan.command.whistle.loops import WHISTLE, WHISTLE_CALL
from anlan.kernel.loops import Evidence, LoopRecord, Step
from anlan.places.queries import leader_key_of


class Whistle(LoopRecord):
    """What the departments are called to. `report_min`, `close_min`: minutes that each has to come, and then to be done. `set_by_hand`:
    the street gave other times than the kind's. `organisation`: who blew it."""

    loop = WHISTLE
    view_permission = "command.whistle.view"

    kind = models.CharField(_("事项"), max_length=40)
    text = models.CharField(_("情况"), max_length=500)
    urgent = models.BooleanField(_("紧急"), default=False)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(_("地点"), max_length=200)
    position = models.PointField(_("位置"), srid=4326, null=True)
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="whistles")
    report_min = models.PositiveIntegerField()
    close_min = models.PositiveIntegerField()
    set_by_hand = models.BooleanField(default=False)
    blown_by = models.CharField(max_length=160)
    blown_by_key = models.CharField(max_length=80)
    request = models.UUIDField(null=True, help_text="the form's own number: sent twice, it is blown once")

    class Meta(LoopRecord.Meta):
        verbose_name = _("吹哨")
        constraints = [
            models.UniqueConstraint(
                fields=["world", "blown_by_key", "request"], condition=models.Q(request__isnull=False), name="whistle_once"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.place} {self.text}"[:80]

    def get_absolute_url(self) -> str:
        return f"/whistles/{self.pk}/"

    @property
    def rule(self) -> Kind | None:
        """The kind as the rules know it; None when they name it no longer."""
        return whistle_rules().kinds.get(self.kind)

    @property
    def kind_name(self) -> str:
        return self.rule.zh if self.rule else self.kind


class WhistleCall(LoopRecord):
    """What one department owes a whistle. Times are those of the world; `report_due_at` is the latest in force, `returned` how often
    the street was not satisfied, `came_from` the call that a ruling turned into this one."""

    loop = WHISTLE_CALL
    view_permission = "command.whistle.view"

    whistle = models.ForeignKey(Whistle, on_delete=models.PROTECT, related_name="calls")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    caller_key = models.CharField(max_length=80)
    reason = models.CharField(_("需要做什么"), max_length=300, blank=True, default="")
    report_due_at = models.DateTimeField()
    close_due_at = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    who = models.CharField(max_length=120, blank=True, default="")
    people = models.PositiveIntegerField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_place = models.PointField(srid=4326, null=True)
    arrived_late = models.BooleanField(default=False, help_text="after the time that was in force")
    latest = models.TextField(blank=True, default="", help_text="latest feedback, or why it is disputed")
    latest_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_late = models.BooleanField(default=False)
    disputes = models.PositiveSmallIntegerField(default=0)
    ruling = models.TextField(blank=True, default="")
    ruled_by = models.CharField(max_length=160, blank=True, default="")
    grade = models.CharField(max_length=10, blank=True, default="")
    opinion = models.TextField(blank=True, default="")
    graded_by = models.CharField(max_length=160, blank=True, default="")
    returned = models.PositiveSmallIntegerField(default=0)
    came_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(LoopRecord.Meta):
        verbose_name = _("部门报到")
        constraints = [
            models.UniqueConstraint(
                fields=["whistle", "organisation"], condition=models.Q(closed_at__isnull=True), name="whistle_department_once"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.organisation}：{self.whistle}"[:120]

    def get_absolute_url(self) -> str:
        return f"/whistles/{self.whistle_id}/"

    @property
    def leader(self) -> str:
        """Whom to tell when the department is silent: the post behind its first one, else the chief of the duty room."""
        key = leader_key_of(self.organisation_id)
        return key if key.startswith("post:") else "duty_chief"

    def report_by(self) -> datetime:
        return self.report_due_at

    def close_by(self) -> datetime | None:
        return self.close_due_at

    def rule_by(self) -> float:
        return whistle_rules().ruling

    def grade_by(self) -> float:
        return whistle_rules().grading

    def _took(self, until: datetime | None) -> int | None:
        return None if until is None else max(0, round((until - self.opened_at) / timedelta(minutes=1)))

    @property
    def response_min(self) -> int | None:
        """Minutes until somebody of the department answered."""
        return self._took(self.responded_at)

    @property
    def arrival_min(self) -> int | None:
        return self._took(self.arrived_at)

    @property
    def closing_min(self) -> int | None:
        """Minutes until the street closed it."""
        return self._took(self.closed_at) if self.state == "closed" else None

    def asked(self, step: Step) -> tuple[Evidence, ...]:
        """A ruling offers the departments that are not called yet."""
        if step.name == "rule_transfer":
            return tuple(self._offered(e) if e.name == "organisation" else e for e in step.evidence)
        return step.evidence

    def _offered(self, evidence: Evidence) -> Evidence:
        from anlan.command.whistle.departments import others_for

        found: list[Any] = others_for(self.whistle)
        return replace(evidence, kind="choice", choices=tuple((o.pk, str(o)) for o in found))
