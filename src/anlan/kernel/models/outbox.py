"""What was announced, and what was already reacted to."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Outbox(models.Model):
    """An event, written in the transaction that caused it. `position` is given by the sequencer, without gaps."""

    id = models.BigAutoField(primary_key=True)
    event = models.UUIDField(default=uuid.uuid4, unique=True)
    subject = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    payload = models.JSONField()
    live = models.JSONField(default=dict)
    actor = models.CharField(max_length=80)
    cause = models.CharField(max_length=80, blank=True, default="")
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=200, default="")
    shared_with = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    position = models.BigIntegerField(null=True, unique=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="outbox_unpositioned", condition=models.Q(position__isnull=True)),
            models.Index(fields=["position"], name="outbox_unpublished", condition=models.Q(published_at__isnull=True)),
            # The platform's own probe (`health.probing.SCOPE`): found and deleted again, among millions that stay.
            models.Index(fields=["id"], name="outbox_probe", condition=models.Q(scope="~/probe/")),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.event}"


class Inbox(models.Model):
    """A reaction that has run for an event: written in the reaction's own transaction, so it runs once."""

    id = models.BigAutoField(primary_key=True)
    reaction = models.CharField(max_length=120)
    event = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reaction", "event"], name="inbox_once")]

    def __str__(self) -> str:
        return f"{self.reaction} {self.event}"


class FailedReaction(models.Model):
    """A reaction that kept failing: kept for a person to look at and to run again, never dropped."""

    id = models.BigAutoField(primary_key=True)
    reaction = models.CharField(max_length=120)
    event = models.ForeignKey(Outbox, on_delete=models.PROTECT, to_field="event", related_name="failures")
    error = models.TextField()
    attempts = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reaction", "event"], name="failed_reaction_once")]

    def __str__(self) -> str:
        return f"{self.reaction} ×{self.attempts}"
