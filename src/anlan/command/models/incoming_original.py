"""What another system sent, as it sent it: the original behind a report, and how a repeat is known."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class IncomingOriginal(ScopedModel):
    """One version of one report from a gateway. Never changed, never removed."""

    class Outcome(models.TextChoices):
        NEW = "new", _("新来报")
        ADDED = "added", _("补充原来报")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gateway = models.CharField(max_length=80, help_text="who delivered: token:<id>, mail, drop")
    foreign_id = models.CharField(max_length=200, help_text="the other system's own number")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the original; of a mail that of its words and files")
    at = models.DateTimeField()
    incoming = models.ForeignKey("command.Incoming", on_delete=models.PROTECT, related_name="originals")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome)
    media_type = models.CharField(max_length=100)
    body = models.BinaryField(help_text="the original, byte by byte")
    doubts = models.JSONField(default=list, help_text="what in it could not be used")

    view_permission = "command.incoming.view"

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["incoming", "at"])]
        constraints = [
            models.UniqueConstraint(fields=["world", "gateway", "foreign_id", "digest"], name="incoming_original_once"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.foreign_id}"
