"""A task: one card for one organisation, with a deadline, that comes back answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.db.models import PointField
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from anlan.command.responses.loops import FIGURES, TASK
from anlan.kernel.loops import Evidence, LoopRecord, Step


class Task(LoopRecord):
    """`card` is the plan's card id (empty for a task given by hand). `text` may be several cards merged."""

    loop = TASK
    view_permission = "command.task.view"

    response = models.ForeignKey("command.Response", on_delete=models.PROTECT, null=True, related_name="tasks")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="tasks")
    instruction = models.ForeignKey("command.Instruction", on_delete=models.PROTECT, null=True, related_name="tasks")
    card = models.CharField(max_length=60, blank=True, default="")
    role = models.CharField(max_length=40, blank=True, default="")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    level = models.CharField(max_length=4, blank=True, default="", help_text="response level it was issued under")
    issued_by = models.CharField(max_length=160, default="")
    due_from_plan = models.DateTimeField(help_text="when it has to be finished")
    note = models.TextField(blank=True, default="", help_text="what was merged into it, and why its time is as it is")
    within_min = models.PositiveIntegerField(null=True)
    figures = models.JSONField(default=dict)
    latest = models.TextField(blank=True, default="", help_text="latest feedback")
    latest_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    target = PointField(srid=4326, null=True, help_text="where it is to be done; null: where the incident is")
    moved: Any = models.JSONField(
        default=list, help_text="who had it before: [{organisation, name, at, reason, by}], the first in front"
    )

    also_for = ArrayField(
        models.UUIDField(), default=list, blank=True,
        help_text="other responses in force that ask for the very same card: it is not issued twice",
    )  # fmt: skip

    class Meta(LoopRecord.Meta):
        indexes = [*LoopRecord.Meta.indexes, GinIndex(fields=["also_for"], name="task_also_for")]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "card", "organisation"], name="card_once_per_organisation",
                condition=models.Q(closed_at__isnull=True, response__isnull=False) & ~models.Q(card=""),
            ),
            models.UniqueConstraint(
                fields=["instruction", "organisation"], name="instruction_once_per_organisation",
                condition=models.Q(instruction__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return f"/tasks/{self.pk}/"

    @property
    def leader(self) -> str:
        """Whom to tell when the assignee is silent: the next post on the ladder of its place, else who runs the response."""
        from anlan.places.queries import ladder_of

        if self.organisation.kind in ("street", "committee"):
            rungs = ladder_of(self.organisation.region)
            if len(rungs) > 1:
                return str(rungs[1].post.key)
        return "hq_office"

    def acknowledge_by(self) -> datetime:
        """Ten minutes, or by the time it has to be finished when that is sooner (platform default)."""
        return min(self.opened_at + timedelta(minutes=10), self.due_from_plan)

    def finish_by(self) -> datetime:
        return self.due_from_plan

    def asked(self, step: Step) -> tuple[Evidence, ...]:
        """The figures that this card is about: people moved for a card of moving people, not pumps. A task by hand asks for any.
        To be given to another organisation, it offers those that do not have it yet."""
        from anlan.command.data.response_rules import response_rules

        if step.name == "reassign":
            return tuple(self._offered(e) if e.name == "organisation" else e for e in step.evidence)

        wanted = response_rules().figures_of(self.card)
        figures = {spec.name for spec in FIGURES}
        return tuple(e for e in step.evidence if e.name not in figures or wanted is None or e.name in wanted)

    def _offered(self, evidence: Evidence) -> Evidence:
        from anlan.command.responses.instructions.addressing import takers_instead

        return replace(evidence, kind="choice", choices=tuple((o.pk, str(o)) for o in takers_instead(self)))


def serving(response: Any) -> models.Q:
    """Tasks of a response (its row or id), and those of another response that it asks for too."""
    pk = getattr(response, "pk", response)
    return models.Q(response=pk) | models.Q(also_for__contains=[pk])
