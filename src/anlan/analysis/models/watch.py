"""How far the judgement of a world's readings has come, and where it failed."""

from __future__ import annotations

import uuid

from django.db import models

OF_BOOK = "criteria:"


class Watch(models.Model):
    """The journal entry up to which a world's readings are judged; moved in the transaction that moves the signals.

    `told`: the entry up to which pages and regional figures were told of arrivals. `lineage` changes when the row is made anew (a
    restore, a database laid down again), so that a process that holds windows in memory knows that they belong to another
    history. `book`: a digest of the criteria that the stations were last looked at by.
    """

    world = models.OneToOneField("kernel.World", on_delete=models.PROTECT, related_name="+", primary_key=True)
    position = models.BigIntegerField(default=0)
    told = models.BigIntegerField(default=0)
    lineage = models.UUIDField(default=uuid.uuid4)
    book = models.CharField(max_length=64, default="", blank=True)
    judged_at = models.DateTimeField(help_text="wall clock of the last judgement")

    def __str__(self) -> str:
        return f"{self.world_id} {self.position}"


class StoppedRule(models.Model):
    """What cannot be judged: a station, or all that a version of the book says (`of_book`). What it fails of, since when, how often.

    Ends when it can be judged again.
    """

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

    def get_absolute_url(self) -> str:
        return "/criteria/history/" if self.is_of_book else f"/stations/{self.station}/"

    @property
    def is_of_book(self) -> bool:
        return self.station.startswith(OF_BOOK)

    @staticmethod
    def of_book(path: str) -> str:
        """How a version of the book that cannot be read is named: by the path of its region."""
        return f"{OF_BOOK}{path}"[:60]
