"""Roads and waters of the base map, imported by the operator: the platform ships outlines only."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _


class BaseMapSource(models.Model):
    """One imported file. Importing under the same name replaces its lines as a whole."""

    name = models.CharField(max_length=80, unique=True)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="BLAKE2b of the file, hexadecimal")
    attribution = models.CharField(
        max_length=200, help_text="whose data it is and under which licence; stands on the map"
    )
    datum = models.CharField(max_length=10, help_text="of the file; lines are stored in WGS84")
    imported_at = models.DateTimeField(help_text="wall clock")
    lines_count = models.PositiveIntegerField()
    refused_count = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class BaseLine(models.Model):
    """A road or a water course. `rank` 1 is seen from afar, 4 only from close by."""

    class Kind(models.TextChoices):
        ROAD = "road", _("道路")
        WATER = "water", _("水系")

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(BaseMapSource, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10, choices=Kind)
    rank = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120, blank=True, default="")
    line = models.LineStringField(srid=4326)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or str(self.kind)
