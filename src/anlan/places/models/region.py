"""Administrative divisions from province to village, as the statistics office codes them."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _


class Region(models.Model):
    """One division. `path` is the scope path of everything that belongs to it (parents first, trailing slash)."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省级")
        CITY = "city", _("市级")
        COUNTY = "county", _("县级")
        TOWNSHIP = "township", _("乡级")
        VILLAGE = "village", _("村级")

    code = models.CharField(max_length=12, primary_key=True, help_text="12-digit statistical division code")
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=Level)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=200, unique=True)
    full_name = models.CharField(max_length=200)
    outline = models.MultiPolygonField(null=True, blank=True, srid=4326)
    outline_caveat = models.CharField(max_length=200, blank=True, default="")
    position = models.PointField(null=True, blank=True, srid=4326)
    accuracy_m = models.PositiveIntegerField(
        null=True, blank=True, help_text="metres; set when the position is illustrative"
    )
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["level", "code"])]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Audience key of everybody who has a post in this region or below it."""
        return f"in:{self.short_code}"

    @property
    def short_code(self) -> str:
        """The code without its trailing zeros: 2, 4, 6, 9 or 12 digits, as in `path`."""
        return self.path.rstrip("/").rsplit("/", 1)[-1]
