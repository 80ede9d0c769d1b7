"""Signal events: what many stations say of one hazard in one county."""

from __future__ import annotations

from django.db import models

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class SignalEvent(ScopedModel):
    """All signals of one hazard and scheme in one county, from the first that is raised to the last that ends.

    It has no loop of its own: the officer acknowledges its signals, all at once. At most one is open per county, hazard and
    scheme. `course` lists ``[time, level, stations, rank, [stations of rank 1, 2, 3, 4]]`` each time that it changed, the newest
    last, bounded.
    """

    view_permission = "analysis.signal.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scheme = models.CharField(max_length=12)
    hazard = models.CharField(max_length=40)
    place = models.CharField(max_length=80, help_text="the county in words")
    criterion_zh = models.CharField(max_length=80)
    level = models.CharField(max_length=8, blank=True, default="", help_text="the highest that stands now")
    rank = models.PositiveSmallIntegerField(default=0)
    peak = models.CharField(max_length=8, blank=True, default="")
    text = models.CharField(max_length=200, blank=True, default="")
    standing = models.PositiveIntegerField(default=0, help_text="open signals")
    places = models.PositiveIntegerField(default=0, help_text="places that have signalled, ended ones too")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    course = models.JSONField(default=list)
    #: The level up to which the duty room has acknowledged the event; signals up to it are acknowledged as they join.
    known_rank = models.PositiveSmallIntegerField(null=True, blank=True)
    known_at = models.DateTimeField(null=True, blank=True)
    known_by = models.CharField(max_length=120, blank=True, default="")
    #: The signal that carries the clock of the acknowledgement.
    clocked = models.UUIDField(null=True, blank=True)

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "scope", "hazard", "scheme"], condition=models.Q(closed_at__isnull=True),
                name="one_open_event_per_county_and_hazard",
            )
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "closed_at", "-rank"])]

    def __str__(self) -> str:
        return self.text or f"{self.place}{self.criterion_zh}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_known(self) -> bool:
        """Whether the duty room has acknowledged it at the level that it has now."""
        return self.known_rank is not None and self.known_rank >= self.rank

    @property
    def warning_level(self) -> str:
        return self.level if self.scheme == "warning" else ""

    def get_absolute_url(self) -> str:
        return f"/signals/events/{self.pk}/"
