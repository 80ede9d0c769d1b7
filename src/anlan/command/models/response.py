"""A response in force, and the orders that made it so."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.responses.loops import RESPONSE
from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel


class Response(LoopRecord):
    """The response of one hazard in one region, at one level at a time."""

    loop = RESPONSE
    view_permission = "command.response.view"

    hazard = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=60)
    plan_version = models.PositiveIntegerField(default=1)
    level = models.CharField(max_length=4)
    level_number = models.PositiveSmallIntegerField()
    highest_number = models.PositiveSmallIntegerField(help_text="the highest level it ever had (1 highest)")
    approve_role = models.CharField(max_length=40)
    report_every_min = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    members = ArrayField(
        models.CharField(max_length=80), default=list, help_text="audience keys of the member organisations"
    )
    unfilled = models.JSONField(default=list, help_text="cards that no organisation answers for: {card, role, text}")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="responses")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "region", "hazard"],
                condition=models.Q(closed_at__isnull=True),
                name="one_active_response",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}{self.level}级响应"

    def get_absolute_url(self) -> str:
        return f"/responses/{self.pk}/"

    @property
    def summary_draft(self) -> str:
        """The figures of the board as a first draft of the periodic report."""
        from anlan.command.responses.summary import summary_of

        return summary_of(self)

    def next_report_due(self) -> datetime | None:
        return self.state_since + timedelta(minutes=self.report_every_min) if self.report_every_min else None


class Order(ScopedModel):
    """A signed order: start, raise, lower or end, with the four elements that the law demands."""

    view_permission = "command.response.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="orders")
    proposal = models.UUIDField(unique=True, help_text="one order per approved proposal")
    change = models.CharField(max_length=10, choices=[
        ("start", _("启动")), ("raise", _("提升")), ("lower", _("降低")), ("end", _("终止")),
    ])  # fmt: skip
    level = models.CharField(max_length=4)
    serial = models.CharField(max_length=60)
    elements = models.JSONField(default=dict)
    signed_by = models.CharField(max_length=160)
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.serial
