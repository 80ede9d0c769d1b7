"""A trial of a version of the book that somebody asked for: it runs beside the pages, and its progress is seen."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id


class Trial(models.Model):
    """A draft to be tried on the readings between two instants. What it finds is kept with the version; this row says how it went.

    It is seen by whoever sees the version. `run` counts how often it was begun: one that was killed begins anew, and what is left
    of the earlier run writes nothing any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待试算")
        RUNNING = "running", _("正在试算")
        DONE = "done", _("试算完成")
        FAILED = "failed", _("没有试算成")
        CANCELLED = "cancelled", _("已取消")

    UNDER_WAY = ("waiting", "running")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey("analysis.CriteriaVersion", on_delete=models.PROTECT, related_name="trials")
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0, help_text="stations")
    total = models.PositiveIntegerField(default=0, help_text="stations; 0 while it is not known")
    run = models.PositiveIntegerField(default=0)
    asked_by = models.CharField(max_length=80)
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=300, blank=True, default="", help_text="why it came to nothing")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(state__in=["waiting", "running"]), name="one_trial_per_version"
            )
        ]
        indexes = [models.Index(fields=["version", "asked_at"])]

    def __str__(self) -> str:
        return f"{self.version_id} {self.state} {self.done}/{self.total}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY
