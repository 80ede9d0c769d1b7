"""Signals: a criterion reached at a place."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import LoopRecord

from ..loops import SIGNAL

ACKNOWLEDGE_MIN = 10
"""Minutes for the duty room to acknowledge a signal. A value of the platform's, to be set per place."""


class Signal(LoopRecord):
    """A criterion reached at a place: at most one open per criterion and place.

    What it says is that a standard is reached (达到橙色标准). It is never a warning, which only its authority issues.
    `place_key`: ``station:<code>``, ``region:<short code>`` or ``device:<datastream>``. `since` and `at` are times of the
    readings that raised it and that it was last judged by; `proof` holds the readings that prove it (see `proving`).
    """

    class Verified(models.TextChoices):
        NOT_YET = "", _("尚未核对")
        SUPPORTED = "supported", _("邻站支持")
        DOUBTFUL = "doubtful", _("疑似误报")
        UNDECIDED = "undecided", _("邻站不足以判断")
        CONFIRMED = "confirmed", _("人工核实")

    loop = SIGNAL
    view_permission = "analysis.signal.view"
    owed = ~models.Q(state="raised") | models.Q(due_at__isnull=False)

    criterion = models.CharField(max_length=60)
    criterion_zh = models.CharField(max_length=80)
    version = models.CharField(max_length=40, blank=True, default="", help_text="the criterion's version in force then")
    scheme = models.CharField(max_length=12, help_text="warning, response or device")
    hazard = models.CharField(max_length=40)
    place_key = models.CharField(max_length=80)
    station = models.ForeignKey(
        "sensing.Thing", on_delete=models.PROTECT, related_name="signals", null=True, blank=True
    )
    event = models.ForeignKey("SignalEvent", on_delete=models.PROTECT, related_name="signals", null=True, blank=True)
    level = models.CharField(max_length=8, help_text="blue…red for warning standards, IV…I for responses")
    rank = models.PositiveSmallIntegerField(default=0, help_text="4 the most severe; see levels")
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
    proof = models.JSONField(default=dict, blank=True)
    verified = models.CharField(max_length=10, choices=Verified, blank=True, default=Verified.NOT_YET)
    verification = models.JSONField(default=dict, blank=True, help_text="what the neighbouring stations said, and when")
    #: Set when judged false: stays silent until the standard has been left, or a higher one is reached.
    quiet = models.BooleanField(default=False)

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "criterion", "place_key"], condition=models.Q(closed_at__isnull=True),
                name="one_open_signal_per_criterion_and_place",
            )
        ]  # fmt: skip
        indexes = [
            *LoopRecord.Meta.indexes,
            models.Index(fields=["world", "station", "criterion"]),
            models.Index(fields=["world", "place_key"], condition=models.Q(quiet=True), name="signals_kept_silent"),
            models.Index(fields=["world", "criterion", "opened_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.place_name}{self.words}"

    @property
    def place_name(self) -> str:
        """The station, or the region that the signal is of."""
        if self.station is not None:
            return self.station.name
        return self.event.place if self.event is not None else self.place_key.partition(":")[2]

    @property
    def headline(self) -> str:
        """What the event says of all its signals, for the one that leads it: it is acknowledged for all of them."""
        return self.event.text if self.leads and self.event is not None and self.event.standing > 1 else self.text

    @property
    def leads(self) -> bool:
        """Whether this signal carries the clock of its event; whoever acknowledges it acknowledges the event."""
        return self.due_at is not None and self.event is not None and self.event.clocked == self.pk

    def acknowledge_by(self) -> float | None:
        """One clock for a whole event: the signal that leads it owes the acknowledgement, the others come with it.

        No clock where nobody is on duty for the region: such signals are watched, not owed. Nor for devices.
        """
        if self.event is None or self.event.clocked != self.pk:
            return None
        return ACKNOWLEDGE_MIN

    def get_absolute_url(self) -> str:
        return f"/signals/{self.pk}/"

    @property
    def warning_level(self) -> str:
        """The colour when the standard is one of warning signals, else nothing."""
        return self.level if self.scheme == "warning" else ""

    @property
    def is_doubtful(self) -> bool:
        return self.verified == self.Verified.DOUBTFUL
