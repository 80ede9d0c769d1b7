"""The platform's own chain: its standstills, the probes that went through it, when it is being worked on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel import wording
from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord

from ..watchdog.loops import CHAIN_ALARM


class ChainAlarm(LoopRecord):
    """What is measured does not come out. At most one is open; the real world's only.

    `stage`: how far a probe came (`watchdog.chain.STAGES`), or `database`. `since`: when the first probe that did not come through was
    sent; `recovered_at`: when one came through again.
    """

    loop = CHAIN_ALARM
    view_permission = "analysis.chain_alarm.view"

    stage = models.CharField(max_length=12)
    since = models.DateTimeField()
    text = models.CharField(max_length=300)
    mend = models.CharField(max_length=300, blank=True, default="")
    recovered_at = models.DateTimeField(null=True, blank=True)

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world"], condition=models.Q(closed_at__isnull=True), name="one_open_chain_alarm"
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def headline(self) -> str:
        return f"{_('平台停顿')}：{wording.read(self.text)}"

    @property
    def outage_s(self) -> int | None:
        """How long nothing came out; None while it lasts."""
        return round((self.recovered_at - self.since).total_seconds()) if self.recovered_at else None


class ProbeRun(models.Model):
    """One probe and when it passed each stage, in milliseconds after it was sent; None where it did not. Kept for a day."""

    number = models.BigIntegerField(primary_key=True)
    sent_at = models.DateTimeField(db_index=True)
    web_ms = models.PositiveIntegerField(null=True)
    judge_ms = models.PositiveIntegerField(null=True)
    relay_ms = models.PositiveIntegerField(null=True)
    bus_ms = models.PositiveIntegerField(null=True)
    live_ms = models.PositiveIntegerField(null=True)
    stuck_at = models.CharField(max_length=12, blank=True, default="", help_text="stage that it did not pass in time")

    def __str__(self) -> str:
        return f"{self.number} {self.stuck_at or self.live_ms}"


class Upkeep(models.Model):
    """Somebody works on the platform: until then (or until it is ended) a standstill calls nobody."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reason = models.CharField(max_length=200)
    begun_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=80)
    by_name = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["-until"])]

    def __str__(self) -> str:
        return self.reason
