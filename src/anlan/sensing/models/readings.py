"""Single readings that are worth a row of their own: the newest, the corrected, the refused."""

from __future__ import annotations

from django.db import models

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel

from .things import Datastream


class Correction(models.Model):
    """A reading that came again with another value: what it was before stays."""

    datastream = models.ForeignKey(Datastream, on_delete=models.PROTECT, related_name="corrections")
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    phenomenon_time = models.DateTimeField()
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["datastream", "world", "phenomenon_time"])]

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.phenomenon_time:%F %T} {self.before}→{self.after}"


class Latest(models.Model):
    """The newest reading of each datastream in each world, so that maps and lists need no search.

    Written with the reading where this process judges it, else with the fold; `entry` is the journal entry that it came with.
    """

    datastream = models.ForeignKey(Datastream, on_delete=models.PROTECT, related_name="latest")
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    phenomenon_time = models.DateTimeField()
    result = models.FloatField(null=True)
    entry = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["datastream", "world"], name="one_latest_per_datastream")]

    def __str__(self) -> str:
        return f"{self.datastream_id} {self.phenomenon_time:%F %T} {self.result}"


class RejectedReading(ScopedModel):
    """A reading that was refused, with the reason, so that whoever feeds can mend it."""

    view_permission = "sensing.rejected.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.CharField(max_length=80, blank=True, default="")
    given = models.JSONField(default=dict)
    reason = models.CharField(max_length=200)
    mend = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=80, blank=True, default="")
    at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "-at"])]

    def __str__(self) -> str:
        return f"{self.station} {self.reason}"
