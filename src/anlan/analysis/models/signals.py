"""Signals: a criterion reached at a place."""

from __future__ import annotations

from django.db import models

from anlan.kernel.loops import LoopRecord
from anlan.places.queries import posts_with_role

from ..loops import SIGNAL

ACKNOWLEDGE_MIN = 10
"""Minutes for the duty room to acknowledge a signal. A value of the platform's, to be set per place."""


class Signal(LoopRecord):
    """A criterion reached at a station: at most one open per criterion and station.

    What it says is that a standard is reached (达到橙色标准). It is never a warning, which only its authority issues.
    `since` and `at` are times of the readings that raised it and that it was last judged by.
    """

    loop = SIGNAL
    view_permission = "analysis.signal.view"

    criterion = models.CharField(max_length=60)
    criterion_zh = models.CharField(max_length=80)
    scheme = models.CharField(max_length=12, help_text="warning or response")
    hazard = models.CharField(max_length=40)
    station = models.ForeignKey("sensing.Thing", on_delete=models.PROTECT, related_name="signals")
    level = models.CharField(max_length=8, help_text="blue…red for warning standards, IV…I for responses")
    peak = models.CharField(max_length=8, help_text="the highest level it has reached")
    words = models.CharField(max_length=80)
    text = models.CharField(max_length=200)
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=16, blank=True, default="")
    clause = models.CharField(max_length=300)
    suggested = models.BooleanField(default=False, help_text="a value suggested by the platform, not by a norm")
    since = models.DateTimeField()
    at = models.DateTimeField()
    trace = models.JSONField(default=list)
    #: Set when judged false: stays silent until the standard has been left, or a higher one is reached.
    quiet = models.BooleanField(default=False)

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "criterion", "station"], condition=models.Q(closed_at__isnull=True),
                name="one_open_signal_per_criterion_and_station",
            )
        ]  # fmt: skip
        indexes = [*LoopRecord.Meta.indexes, models.Index(fields=["world", "station", "criterion"])]

    def __str__(self) -> str:
        return f"{self.station.name}{self.words}"

    @property
    def headline(self) -> str:
        return self.text

    def acknowledge_by(self) -> float | None:
        """No clock where nobody is on duty for the station's region: such signals are watched, not owed."""
        return ACKNOWLEDGE_MIN if posts_with_role("duty_officer", self.scope) else None

    def get_absolute_url(self) -> str:
        return f"/signals/{self.pk}/"

    @property
    def warning_level(self) -> str:
        """The colour when the standard is one of warning signals, else nothing."""
        return self.level if self.scheme == "warning" else ""
