"""Everything that somebody owes by a certain time, in one table that the engine watches."""

from __future__ import annotations

from django.db import models

from anlan.kernel.ids import new_id


class Deadline(models.Model):
    """The running clock of one record of one loop. `due_at` is the next rung; the record keeps the first due time.

    `tries` counts how often climbing this rung failed, `not_before` (wall clock) when it is tried again, `error` says why.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        EXHAUSTED = "exhausted"
        MET = "met"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    loop = models.CharField(max_length=80)
    record = models.UUIDField()
    state = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    rung = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loop", "record"],
                condition=models.Q(status__in=["open", "exhausted"]),
                name="one_live_deadline",
            )
        ]
        indexes = [models.Index(fields=["world", "due_at"], name="deadline_open", condition=models.Q(status="open"))]

    def __str__(self) -> str:
        return f"{self.loop} {self.record} {self.due_at:%F %T}"
