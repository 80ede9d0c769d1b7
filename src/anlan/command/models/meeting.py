"""Meetings of headquarters and commissions: who was called and came, what was minuted, what was decided."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.meetings.loops import MEETING, MEETING_SEAT
from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord, SentOnce
from anlan.kernel.scope import ScopedModel


class Meeting(SentOnce, LoopRecord):
    """`agenda`: [text]. `minutes` is a draft until it is signed; with the signature it gets its `number` of the body and year.
    `office_keys`: the audience keys of whoever prepares it: the body's office, else the office of the headquarters."""

    loop = MEETING
    view_permission = "command.meeting.view"
    reasons_first = True

    headquarters = models.ForeignKey("command.Headquarters", on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True, default="")
    meeting_url = models.CharField(max_length=300, blank=True, default="")
    agenda = models.JSONField(default=list)
    office_keys = models.JSONField(default=list)
    called_by = models.CharField(max_length=160)
    chair = models.CharField(max_length=60, blank=True, default="")
    held_at = models.DateTimeField(null=True)
    minutes = models.TextField(blank=True, default="")
    submitted_by = models.CharField(max_length=160, blank=True, default="")
    signed_by = models.CharField(max_length=160, blank=True, default="")
    signed_at = models.DateTimeField(null=True)
    year = models.PositiveSmallIntegerField(null=True)
    number = models.PositiveSmallIntegerField(null=True)

    class Meta(LoopRecord.Meta):
        verbose_name = _("议事会议")
        constraints = [
            *SentOnce.Meta.constraints,
            models.UniqueConstraint(fields=["world", "headquarters", "year", "number"], name="minutes_number_once"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/meetings/{self.pk}/"

    @property
    def serial(self) -> str:
        return f"{self.headquarters.name}会议纪要〔{self.year}〕{self.number}号" if self.number else ""

    @property
    def signed(self) -> bool:
        return self.signed_at is not None

    def begin_by(self) -> datetime:
        """Attendance is written down within two hours of the beginning (platform default)."""
        return self.starts_at + timedelta(hours=2)


class MeetingSeat(LoopRecord):
    """One member that was called: the seat's post, or the organisation that sends somebody. Without either nobody could be asked."""

    loop = MEETING_SEAT
    view_permission = "command.meeting.view"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="seats")
    title = models.CharField(max_length=60)
    name = models.CharField(max_length=160)
    rank = models.PositiveSmallIntegerField(default=50)
    attendant = models.CharField(max_length=60, blank=True, default="")
    usual_attendant = models.CharField(max_length=60, blank=True, default="")
    reason = models.CharField(max_length=200, blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta(LoopRecord.Meta):
        verbose_name = _("参会答复")

    def __str__(self) -> str:
        return f"{self.meeting}：{self.name}"

    def get_absolute_url(self) -> str:
        return self.meeting.get_absolute_url()

    @property
    def office(self) -> str:
        return ",".join(self.meeting.office_keys) or "hq_office"

    def answer_by(self) -> datetime:
        """Within a day, half an hour before the meeting at the latest, but a quarter of an hour is left to everybody."""
        latest = min(self.opened_at + timedelta(hours=24), self.meeting.starts_at - timedelta(minutes=30))
        return max(latest, self.opened_at + timedelta(minutes=15))


class MeetingDecision(ScopedModel):
    """Something that was decided. `units`: [{"code", "name"}] who does it by `due_at`; empty for what is only put on record. With the
    signature it became `instruction`, whose tasks say how far it is."""

    view_permission = "command.meeting.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=600)
    units = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True)
    instruction = models.OneToOneField(
        "command.Instruction", on_delete=models.PROTECT, null=True, related_name="decision"
    )
    dropped_at = models.DateTimeField(null=True, help_text="taken out before the signature")

    class Meta(ScopedModel.Meta):
        verbose_name = _("议定事项")
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="decision_number_once")]

    def __str__(self) -> str:
        return self.text[:80]
