"""Where things stood, and since when."""

from __future__ import annotations

from django.contrib.gis.db import models

from .things import Thing


class HistoricalLocation(models.Model):
    """A thing at a place since an instant (wall clock: things are the same in every world).

    `current_of` is the thing again while it is the newest one; a thing whose position is unknown has none that is current.
    """

    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="historical_locations")
    position = models.PointField(srid=4326)
    time = models.DateTimeField()
    current_of = models.OneToOneField(Thing, on_delete=models.PROTECT, null=True, blank=True, related_name="location")

    class Meta:
        indexes = [models.Index(fields=["thing", "time"])]

    def __str__(self) -> str:
        return f"{self.thing_id} {self.time:%F %T}"
