"""The book of criteria of a region, what a station has of its own, and when a station is under maintenance."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel
from anlan.kernel.wording import words as _

from ..book.loops import CRITERIA


class CriteriaVersion(LoopRecord):
    """One version of a region's criteria: everything that the region has of its own, not only what this version changed.

    `content`: ``{"criteria": {id: body}, "off": [id], "stations": {code: {id: body}}}`` (`book.bodies`). It holds from
    `effective_from` until a later version or its withdrawal (`effective_until`). At most one version of a region is being
    worked on. The book is the same in reality and in exercises.
    """

    loop = CRITERIA
    reasons_first = True
    view_permission = "analysis.criteria.view"
    worldly = False

    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    content = models.JSONField(default=dict)
    #: What was tried on past data, and what would have fired; of the content as it was then.
    trial = models.JSONField(default=dict)
    editors = ArrayField(models.CharField(max_length=80), default=list, help_text="actor keys of all who changed it")
    author = models.CharField(max_length=80)
    why = models.TextField(blank=True, default="")
    released_by = models.CharField(max_length=80, blank=True, default="")
    effective_from = models.DateTimeField(null=True, blank=True)
    effective_until = models.DateTimeField(null=True, blank=True)

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(fields=["region", "number"], name="criteria_version_once"),
            models.UniqueConstraint(
                fields=["region"], condition=models.Q(state__in=["draft", "tried", "submitted"]),
                name="one_criteria_draft_per_region",
            ),
        ]  # fmt: skip
        indexes = [*LoopRecord.Meta.indexes, models.Index(fields=["effective_from"])]

    def __str__(self) -> str:
        return f"{self.region.name} {self.number}"

    @property
    def headline(self) -> str:
        return _("%(region)s判据第 %(n)d 版") % {"region": self.region.name, "n": self.number}

    def get_absolute_url(self) -> str:
        return f"/criteria/{self.pk}/"


class StationLevel(ScopedModel):
    """A level of a station's own: its warning stage, the rain at which people below it prepare to leave. With its source."""

    view_permission = "analysis.criteria.view"
    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey("sensing.Thing", on_delete=models.PROTECT, related_name="own_levels")
    name = models.CharField(max_length=30, help_text="warning_m, guarantee_m, record_m, prepare_3h_mm …")
    value = models.FloatField()
    source = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=80)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["station", "name"], name="one_own_level_per_station_and_name")]

    def __str__(self) -> str:
        return f"{self.station_id} {self.name} {self.value:g}"


class Maintenance(ScopedModel):
    """A time in which a station is worked on: what it reads then neither raises nor clears a signal."""

    view_permission = "analysis.criteria.view"
    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey("sensing.Thing", on_delete=models.PROTECT, related_name="maintenance")
    since = models.DateTimeField()
    until = models.DateTimeField()
    why = models.CharField(max_length=200)
    by = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(since__lt=models.F("until")), name="maintenance_has_length")
        ]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["station", "until"])]

    def __str__(self) -> str:
        return f"{self.station_id} {self.since:%F %T}–{self.until:%F %T}"
