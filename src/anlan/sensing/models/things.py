"""What measures, and what it measures: named as in OGC SensorThings 1.1."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.scope import ScopedModel


class Thing(ScopedModel):
    """A station that measures. Its code is that of the base database; the same in every world.

    It is seen in its whole county; one outside the counties served here belongs to the region above and is seen there.
    """

    worldly = False
    view_permission = "sensing.station.view"

    code = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, default="rain")
    county = models.CharField(max_length=80, blank=True, default="", help_text="where it stands, in words")
    position = models.PointField(srid=4326, null=True, blank=True)
    accuracy_m = models.PositiveIntegerField(null=True, blank=True, help_text="metres; set when illustrative")
    sample = models.BooleanField(default=False, help_text="a record made for the demonstration")
    retired = models.BooleanField(default=False)
    description = models.CharField(max_length=500, blank=True, default="")
    properties = models.JSONField(default=dict, blank=True, help_text="what else is known of it, by name")
    registered_as = models.CharField(
        max_length=80, blank=True, default="", help_text="ledger and row of the base database that it follows"
    )

    class Meta(ScopedModel.Meta):
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["registered_as"], condition=~models.Q(registered_as=""), name="one_thing_per_registered_row"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/stations/{self.code}/"


class Datastream(models.Model):
    """What one thing measures of one property: unit, range that can be true, how often a reading is expected.

    A reading closes a period of `period_s` seconds (0: a state at its time). `calibration` is a list, oldest first, of
    ``{"from": ISO date or instant, "factor": 1.0, "offset": 0.0, "by"?, "note"?}``: what the instrument says is stored as
    ``value * factor + offset``, by the entry in force at the reading's time.
    """

    class Standing(models.TextChoices):
        TRUSTED = "trusted", _("可信")
        DOUBTFUL = "doubtful", _("存疑")
        MAINTAINED = "maintained", _("维护中")

    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="datastreams")
    property = models.CharField(max_length=40)
    unit = models.CharField(max_length=16, blank=True, default="")
    least = models.FloatField()
    most = models.FloatField()
    interval_s = models.PositiveIntegerField(default=3600)
    period_s = models.PositiveIntegerField(default=3600)
    sensor_name = models.CharField(max_length=120, blank=True, default="")
    sensor_metadata = models.CharField(
        max_length=500, blank=True, default="", help_text="type, maker, or where it is described"
    )
    calibration = models.JSONField(default=list, blank=True)
    calibrated_on = models.DateField(null=True, blank=True)
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.TRUSTED)
    standing_note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thing", "property"], name="one_datastream_per_property"),
            models.CheckConstraint(condition=models.Q(least__lt=models.F("most")), name="datastream_range"),
        ]

    def __str__(self) -> str:
        return f"{self.thing_id} {self.property}"
