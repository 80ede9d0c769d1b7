"""How far the judgement of a world's readings has come, and where it failed."""

from __future__ import annotations

import traceback
import uuid

from django.db import models

from anlan.kernel import clock
from anlan.kernel.context import Context


class Watch(models.Model):
    """The journal entry up to which a world's readings are judged; moved in the transaction that moves the signals.

    `told`: the entry up to which pages and regional figures were told of arrivals. `lineage` changes when the row is made anew (a
    restore, a database laid down again), so that a process that holds windows in memory knows that they belong to another
    history.
    """

    world = models.OneToOneField("kernel.World", on_delete=models.PROTECT, related_name="+", primary_key=True)
    position = models.BigIntegerField(default=0)
    told = models.BigIntegerField(default=0)
    lineage = models.UUIDField(default=uuid.uuid4)
    judged_at = models.DateTimeField(help_text="wall clock of the last judgement")

    def __str__(self) -> str:
        return f"{self.world_id} {self.position}"


class StoppedRule(models.Model):
    """A station whose judgement fails: what it fails of, since when, how often. Ends when it is judged again."""

    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    station = models.CharField(max_length=60)
    error = models.TextField()
    times = models.PositiveIntegerField(default=1)
    since = models.DateTimeField(help_text="wall clock")
    at = models.DateTimeField(help_text="wall clock of the last failure")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["world", "station"], condition=models.Q(ended_at__isnull=True), name="one_open_stopped_rule"
            )
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.at:%F %T}"

    @classmethod
    def note(cls, ctx: Context, *, station: str, error: BaseException) -> StoppedRule:
        """Keep a failure for a person."""
        now = clock.real_now()
        text = "".join(traceback.format_exception(error))[-8000:]
        row, created = cls.objects.get_or_create(
            world_id=ctx.world, station=station, ended_at=None, defaults={"error": text, "since": now, "at": now}
        )
        if not created:
            row.error, row.at, row.times = text, now, row.times + 1
            row.save(update_fields=["error", "at", "times"])
        return row
