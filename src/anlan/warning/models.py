"""Official warnings received, and the log of every message that came in."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel
from anlan.places.queries import posts_with_role

from .calling import acknowledge_min
from .cap import hazards
from .loops import NOTICE, RECEIPT


class Notice(LoopRecord):
    """A warning of an authority, as it was received. The platform never issues a meteorological signal itself.

    `scope` is where somebody has to act on it, `regions` what it names. `key` makes two deliveries the same message.
    """

    loop = NOTICE
    view_permission = "warning.notice.view"

    key = models.CharField(max_length=300)
    identifier = models.CharField(max_length=160, blank=True, default="")
    sender = models.CharField(max_length=160, blank=True, default="")
    issuer = models.CharField(max_length=120, blank=True, default="")
    hazard = models.CharField(max_length=40, blank=True, default="", db_index=True)
    hazard_zh = models.CharField(max_length=60, blank=True, default="")
    event_code = models.CharField(max_length=8, blank=True, default="")
    color = models.CharField(
        max_length=8, blank=True, default="", help_text="blue…red, white; empty: could not be read"
    )
    level = models.PositiveSmallIntegerField(null=True, help_text="4 blue … 1 red")
    action = models.CharField(max_length=10, default="issue")
    headline = models.CharField(max_length=300)
    text = models.TextField(blank=True, default="")
    instruction = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="None: until changed or lifted")
    regions = models.ManyToManyField("places.Region", related_name="+")
    unknown_regions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    area_names = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    area = models.MultiPolygonField(srid=4326, null=True, blank=True)
    area_notes = ArrayField(models.CharField(max_length=400), default=list, blank=True)
    simulated = models.BooleanField(default=False)
    ended_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="ended")

    class Meta(LoopRecord.Meta):
        constraints = [models.UniqueConstraint(fields=["world", "key"], name="one_notice_per_message")]
        indexes = [*LoopRecord.Meta.indexes, models.Index(fields=["world", "hazard", "closed_at"])]

    def __str__(self) -> str:
        return self.headline

    def acknowledge_within(self) -> float | None:
        """No clock where no room is on duty for all the places together: then each county's own receipt counts."""
        return acknowledge_min() if posts_with_role("duty_officer", self.scope) else None

    @property
    def headline_short(self) -> str:
        return f"{self.issuer}{self.title}"

    @property
    def title(self) -> str:
        """暴雨橙色预警: only what its authority issued is called a warning."""
        return f"{self.hazard_zh or _('未知灾种')}{self.color_zh}{_('预警')}"

    @property
    def color_zh(self) -> str:
        colour = hazards.colour_by_id(self.color) if self.color else None
        return f"{colour.zh}色" if colour else ""

    def get_absolute_url(self) -> str:
        return f"/warnings/{self.pk}/"


class WarningReceipt(LoopRecord):
    """One county's own confirmation that its duty room has read a warning which was received for several of them."""

    loop = RECEIPT
    view_permission = "warning.notice.view"

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="receipts")
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta(LoopRecord.Meta):
        constraints = [models.UniqueConstraint(fields=["notice", "region"], name="one_receipt_per_county")]

    def __str__(self) -> str:
        return f"{self.region.name} · {self.notice.headline}"

    @property
    def headline(self) -> str:
        return str(self)

    def get_absolute_url(self) -> str:
        return self.notice.get_absolute_url()


class WarningIntake(ScopedModel):
    """One message that came in, and what became of it. The raw bytes stay, with their digest."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("已接收")
        DUPLICATE = "duplicate", _("重复")
        REFUSED = "refused", _("未接收")

    view_permission = "warning.intake.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(help_text="clock of the world")
    recorded_at = models.DateTimeField(help_text="wall clock")
    form = models.CharField(max_length=8, help_text="cap or text")
    source = models.CharField(max_length=120, blank=True, default="")
    outcome = models.CharField(max_length=10, choices=Outcome)
    identifier = models.CharField(max_length=160, blank=True, default="")
    message_type = models.CharField(max_length=10, blank=True, default="")
    references = ArrayField(models.CharField(max_length=160), default=list, blank=True)
    reasons = models.JSONField(default=list)
    said = models.CharField(max_length=300, blank=True, default="")
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    raw = models.BinaryField(help_text="the message as it came, cut at 1 MB")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, null=True, blank=True, related_name="intakes")
    by = models.CharField(max_length=80)
    by_name = models.CharField(max_length=120, blank=True, default="")

    class Meta(ScopedModel.Meta):
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["world", "-at"]),
            models.Index(fields=["identifier"]),
        ]

    def __str__(self) -> str:
        return f"{self.identifier or self.digest[:12]} {self.outcome}"
