"""The observation store: a journal of accepted batches, folded into columns per datastream and into frames per hour.

What the payloads hold is said in `store/packing.py`. Nothing outside `store/` reads or writes these tables.
"""

from __future__ import annotations

from django.db import models

from .things import Datastream


class Journal(models.Model):
    """One accepted batch, one row: committed means acknowledged. Ids of a world become visible in their order.

    `payload`: see `store.packing.pack_entry`. `history`: from before a replay began or carried over; stored, never judged as news.
    """

    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(help_text="clock of the world")
    recorded_at = models.DateTimeField(help_text="wall clock")
    source = models.CharField(max_length=80, blank=True, default="")
    by = models.CharField(max_length=80, blank=True, default="")
    history = models.BooleanField(default=False)
    count = models.PositiveIntegerField()
    payload = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["world", "id"])]

    def __str__(self) -> str:
        return f"{self.world_id} {self.pk} ({self.count})"


class Fold(models.Model):
    """How far a world's journal is folded, and up to which entry the folded ones are thrown away."""

    world = models.OneToOneField("kernel.World", on_delete=models.PROTECT, related_name="+", primary_key=True)
    position = models.BigIntegerField(default=0)
    discarded = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.world_id} {self.position}"


class Block(models.Model):
    """Readings of one datastream in one span (UTC month; UTC day where one is expected more often than every ten minutes).

    A span is kept in parts: each fold adds one (`part` is the journal position it was made at), and they are joined when there
    are many. Of two readings for the same time the one of the higher part counts. Partitioned by `start` in the database.
    """

    pk = models.CompositePrimaryKey("world_id", "datastream_id", "start", "part")
    world = models.ForeignKey(
        "kernel.World", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    datastream = models.ForeignKey(
        Datastream, on_delete=models.PROTECT, related_name="blocks", db_constraint=False, db_index=False
    )
    start = models.DateTimeField()
    part = models.BigIntegerField()
    count = models.PositiveIntegerField()
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.start:%F} {self.part}"


class HourBlock(models.Model):
    """The hours of one datastream in one UTC month: what stays when its single readings are thinned out."""

    pk = models.CompositePrimaryKey("world_id", "datastream_id", "start")
    world = models.ForeignKey(
        "kernel.World", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    datastream = models.ForeignKey(
        Datastream, on_delete=models.PROTECT, related_name="hours", db_constraint=False, db_index=False
    )
    start = models.DateTimeField()
    count = models.PositiveIntegerField()
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.start:%F}"


class Frame(models.Model):
    """One property in one hour over all its datastreams: the hourly map of a district is a row or a few.

    `hour` ends it: an instant `t` belongs to the hour with ``hour - 1 h < t <= hour``. Kept in parts like blocks; `position` is the
    journal position that a part was made at.
    """

    pk = models.CompositePrimaryKey("world_id", "property", "hour", "position")
    world = models.ForeignKey(
        "kernel.World", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    property = models.CharField(max_length=40)
    hour = models.DateTimeField()
    position = models.BigIntegerField()
    count = models.PositiveIntegerField()
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.property} {self.hour:%F %T}"


class Origin(models.Model):
    """Where readings came from, in words; blocks name it by number."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name
