"""Own entries of the 24-hour log. What the platform knows by itself is not written a second time: it is read from the audit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class LogEntry(ScopedModel):
    """Never changed: a correction is an entry of its own that names the one it corrects."""

    view_permission = "command.duty_log.view"

    class Kind(models.TextChoices):
        NOTE = "note", _("记事")
        CALL = "call", _("来电去电")
        ORDER = "order", _("领导指示")
        CHECK = "check", _("点名抽查")
        FAULT = "fault", _("设备故障")
        CORRECTION = "correction", _("更正")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.NOTE)
    text = models.TextField()
    by = models.CharField(max_length=80)
    by_name = models.CharField(max_length=120)
    by_post = models.CharField(max_length=160, blank=True, default="")
    simulated = models.BooleanField(default=False)
    about = models.JSONField(default=list, help_text="[type, id, address] of what it is about")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "at"])]

    def __str__(self) -> str:
        return self.text[:80]
