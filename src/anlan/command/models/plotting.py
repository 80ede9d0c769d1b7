"""What people draw on the map of an incident, and every version of it."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel

from .incident import Incident


class PlotMark(ScopedModel):
    """One sign, line or area on the map of an incident, as it is now. Taken off it keeps its row and its versions.

    `symbol` is a key of the signs (command/map/symbols.py). Whoever sees the incident sees what is drawn on its map.
    """

    view_permission = "command.plotting.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="plotting")
    symbol = models.CharField(max_length=40)
    label = models.CharField(max_length=80, blank=True, default="")
    geometry = models.GeometryField(srid=4326)
    version = models.PositiveIntegerField(default=1)
    drawn_at = models.DateTimeField()
    drawn_by = models.CharField(max_length=120)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=120)
    changed_key = models.CharField(max_length=80, help_text="key of the actor who changed it last")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = _("标绘")
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["incident", "drawn_at"])]

    def __str__(self) -> str:
        return self.label or self.symbol


class PlotVersion(ScopedModel):
    """How a mark was from `at` on, and who made it so. Never changed but for `undone`; never removed."""

    class Change(models.TextChoices):
        DRAWN = "drawn", _("画上")
        CHANGED = "changed", _("改动")
        REMOVED = "removed", _("去掉")
        UNDONE = "undone", _("撤销")

    view_permission = "command.plotting.view"

    mark = models.ForeignKey(PlotMark, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    change = models.CharField(max_length=8, choices=Change)
    symbol = models.CharField(max_length=40)
    label = models.CharField(max_length=80, blank=True, default="")
    geometry = models.GeometryField(srid=4326, spatial_index=False)
    gone = models.BooleanField(default=False, help_text="from here on it is off the map")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    by_key = models.CharField(max_length=80)
    undone = models.BooleanField(default=False, help_text="whoever made this version has taken it back")

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["mark", "version"], name="plot_version_once")]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["mark", "at"])]

    def __str__(self) -> str:
        return f"{self.mark_id} {self.version}"


class MapSeat(models.Model):
    """From which seat somebody looks at the command map, and which layers they keep there. One row a person and seat."""

    person = models.CharField(max_length=80, help_text="key of the actor")
    seat = models.CharField(max_length=20)
    layers = models.JSONField(default=list, help_text="keys of the layers that are shown")
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "seat"], name="map_seat_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.seat}"
