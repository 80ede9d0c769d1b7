"""Who is to be on duty when: the template of a region, the roster of a month, its shifts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.command.data.duty_rules import duty_rules
from anlan.command.duty.loops import ROSTER, SHIFT
from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel

#: A roster should stand so long before its month begins.
READY_BEFORE = timedelta(days=3)


class DutyTemplate(ScopedModel):
    """The seats of a region's duty room as its rosters begin with them. `seats`: those of `Seat.as_dict`."""

    view_permission = "command.roster.view"
    worldly = False

    class Kind(models.TextChoices):
        NORMAL = "normal", _("平日")
        STRONG = "strong", _("重点时段")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    seats = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["region", "kind"], name="duty_template_once")]

    def __str__(self) -> str:
        return f"{self.region} {self.get_kind_display()}"


class Roster(LoopRecord):
    """The plan of a month for a region. `cells`: those of `Cell.as_dict`; its shifts are made from them when it is published."""

    loop = ROSTER
    view_permission = "command.roster.view"

    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    cells = models.JSONField(default=list)
    planned_by = models.CharField(max_length=80, default="", help_text="key of who submitted it")
    planned_by_name = models.CharField(max_length=120, default="")
    published_by_name = models.CharField(max_length=120, default="")
    published_at = models.DateTimeField(null=True)
    accepted = models.TextField(blank=True, default="", help_text="why it was published in spite of what was noted")
    noted = models.JSONField(default=list, help_text="faults that stood when it was published")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "region", "month"], name="roster_in_work_once", condition=models.Q(closed_at__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["world", "region", "month"], name="roster_published_once", condition=models.Q(state="published")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(_("%(where)s %(month)s 值班表") % {"where": self.region.name, "month": f"{self.month:%Y-%m}"})

    def get_absolute_url(self) -> str:
        return f"/duty/rosters/{self.pk}/"

    @property
    def last_day(self) -> date:
        return (self.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    def wanted_by(self) -> datetime:
        """Three days before the month begins; a roster made later than that is wanted within a day."""
        begins = datetime(self.month.year, self.month.month, 1, tzinfo=localtime(self.opened_at).tzinfo)
        return max(begins - READY_BEFORE, self.opened_at + timedelta(days=1))


class Shift(LoopRecord):
    """One person on one seat from `starts_at` until `ends_at`. `planned_person` is whom the published roster named."""

    loop = SHIFT
    view_permission = "command.roster.view"
    #: A month of shifts lies ahead of everybody: one is owed from the moment on that it was called to mind.
    owed: ClassVar[models.Q] = ~models.Q(state="planned") | models.Q(rung__gte=1)

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="shifts")
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    seat = models.CharField(max_length=40)
    seat_name = models.CharField(max_length=40)
    role = models.CharField(max_length=40, blank=True, default="")
    order = models.PositiveSmallIntegerField(default=0)
    desk = models.BooleanField(default=False, help_text="its end needs a signed handover")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    person = models.ForeignKey("places.Person", on_delete=models.PROTECT, related_name="+")
    planned_person = models.ForeignKey("places.Person", on_delete=models.PROTECT, related_name="+")
    why_changed = models.CharField(max_length=200, blank=True, default="")
    signed_on_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when it was handed over or signed off")

    class Meta(LoopRecord.Meta):
        indexes = [
            *LoopRecord.Meta.indexes,
            models.Index(fields=["region", "starts_at"]),
            models.Index(fields=["person", "starts_at"]),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_ends_after_it_begins")
        ]  # fmt: skip

    def __str__(self) -> str:
        begin, end = localtime(self.starts_at), localtime(self.ends_at)
        # Kept in messages and history: the date says in every language that it is another day.
        until = f"{end:%H:%M}" if end.date() == begin.date() else f"{end:%m-%d %H:%M}"
        return f"{begin:%m-%d %H:%M}—{until} {self.seat_name} {self.person.name}"

    def get_absolute_url(self) -> str:
        return f"/duty/shifts/{self.pk}/"

    @property
    def watched_by(self) -> str:
        """Who is told when nobody came: the chief, and of the chief's own seat the leader in charge."""
        return "duty_leader" if self.role in ("duty_chief", "duty_leader") else "duty_chief"

    @property
    def changed(self) -> bool:
        return bool(self.person_id != self.planned_person_id)

    @property
    def until(self) -> str:
        """When it ends, as a time of the day on which it begins: a shift of 24 hours would otherwise end when it starts."""
        begin, end = localtime(self.starts_at), localtime(self.ends_at)
        days = (end.date() - begin.date()).days
        if days > 1:
            return f"{end:%m-%d %H:%M}"
        return _("次日 %(at)s") % {"at": f"{end:%H:%M}"} if days else f"{end:%H:%M}"

    def sign_on_by(self) -> datetime:
        return self.starts_at + timedelta(minutes=duty_rules().sign_on)

    def hand_over_by(self) -> datetime:
        return self.ends_at + timedelta(minutes=duty_rules().hand_over)
