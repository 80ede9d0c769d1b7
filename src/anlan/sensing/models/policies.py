"""What an installation decides about its readings: how long they are kept, and who may report for which station only."""

from __future__ import annotations

from django.db import models

from .things import Thing


class Retention(models.Model):
    """How long single readings of a property are kept here; its hours stay. Overrides the shipped policy (`data/retention.yaml`).

    `raw_days` None: for ever. `thinned_before`: nothing older than this is held reading by reading any more.
    """

    property = models.CharField(max_length=40, primary_key=True)
    raw_days = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    chosen = models.BooleanField(default=False, help_text="set by somebody here, not by the shipped policy")
    thinned_before = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.property} {self.raw_days}"


class Feeder(models.Model):
    """Who bears one of these keys (a person's, a post's, an organisation's) may report for these stations and no other."""

    key = models.CharField(max_length=80)
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="feeders")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "thing"], name="one_feeder_per_key_and_station")]

    def __str__(self) -> str:
        return f"{self.key} {self.thing_id}"
