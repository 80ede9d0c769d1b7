"""How far the judgement of a world's readings has come."""

from __future__ import annotations

import uuid

from django.db import models


class Watch(models.Model):
    """The journal entry up to which a world's readings are judged; moved in the transaction that moves the signals.

    `lineage` changes when the row is made anew (a restore, a database laid down again), so that a process that holds windows
    in memory knows that they belong to another history.
    """

    world = models.OneToOneField("kernel.World", on_delete=models.PROTECT, related_name="+", primary_key=True)
    position = models.BigIntegerField(default=0)
    lineage = models.UUIDField(default=uuid.uuid4)
    judged_at = models.DateTimeField(help_text="wall clock of the last judgement")

    def __str__(self) -> str:
        return f"{self.world_id} {self.position}"
