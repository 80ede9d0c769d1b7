"""Who did what, when, by which clock: rows that commit with the change and are chained a moment later."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One fact about one object. Rows are never changed; a database trigger refuses it.

    `seq`, `prev_hash` and `hash` are empty until the sequencer links the row (within a second).
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(help_text="wall clock")
    at_world = models.DateTimeField(help_text="clock of the world it happened in")
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120)
    post = models.CharField(max_length=160, blank=True, default="")
    simulated = models.BooleanField(default=False)
    action = models.CharField(max_length=80)
    label = models.CharField(max_length=200, blank=True, default="")
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=64)
    scope = models.CharField(max_length=200, default="")
    cause = models.CharField(max_length=80, blank=True, default="")
    data = models.JSONField(default=dict)
    seq = models.BigIntegerField(null=True, unique=True)
    prev_hash = models.CharField(max_length=64, blank=True, default="")
    hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"]),
            models.Index(fields=["world", "at_world"]),
            models.Index(fields=["id"], name="audit_unlinked", condition=models.Q(seq__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.at_world:%F %T} {self.actor_name} {self.action}"
