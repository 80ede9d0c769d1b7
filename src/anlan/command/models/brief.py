"""The daily brief, and the day sheet with its lines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.briefs.loops import BRIEF, DAY_SHEET, SHEET_LINE
from anlan.kernel.loops import LoopRecord


class Brief(LoopRecord):
    """The brief of one day and place. `facts` are composed anew on demand; `own` are the officer's words and stay.

    `facts`: [{key, heading, figures: [{key, label, value, unit, before, items: [{text, url}]}], lines: [{text, url}]}]; a figure's value
    None is unknown, `before` is that of the brief of the day before. `own`: words by section key. `recipients`: [{key, name}].
    """

    loop = BRIEF
    reasons_first = True
    view_permission = "command.brief.view"

    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    title = models.CharField(max_length=200)
    serial = models.CharField(max_length=60, blank=True, default="", help_text="given when it is signed")
    facts = models.JSONField(default=list)
    own = models.JSONField(default=dict)
    recipients = models.JSONField(default=list)
    composed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=120, blank=True, default="")
    signed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=160, blank=True, default="")
    message = models.UUIDField(null=True, help_text="the message that took it to its recipients")

    class Meta(LoopRecord.Meta):
        verbose_name = _("值班日报")
        constraints = [
            models.UniqueConstraint(
                fields=["world", "region", "day"], condition=~models.Q(state="withdrawn"), name="one_brief_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.day:%m-%d}）"

    def get_absolute_url(self) -> str:
        return f"/briefs/{self.pk}/"

    def draft_by(self) -> datetime:
        """An hour after its day ended, or after it was begun when that was later."""
        return max(self.until, self.state_since) + timedelta(hours=1)


class DaySheet(LoopRecord):
    """What lower units are asked for on one day. `form` is kept as it was asked, so that a later change of the table rewrites nothing."""

    loop = DAY_SHEET
    view_permission = "command.day_sheet.view"

    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    form_id = models.CharField(max_length=40)
    form = models.JSONField(help_text="[{name, label, kind, unit, required, minimum, maximum, total}]")
    title = models.CharField(max_length=160)
    occasion = models.CharField(max_length=80, blank=True, default="", help_text="the holiday or key period")
    day = models.DateField()
    wanted_at = models.DateTimeField(help_text="when lines are due")
    remark = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="", help_text="the officer's summing up")
    opened_by_name = models.CharField(max_length=160)

    class Meta(LoopRecord.Meta):
        verbose_name = _("每日调度")
        constraints = [
            models.UniqueConstraint(
                fields=["world", "region", "form_id", "day"],
                condition=~models.Q(state="cancelled"),
                name="one_day_sheet",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.day:%m-%d}）"

    def get_absolute_url(self) -> str:
        return f"/sheets/{self.pk}/"

    def close_by(self) -> datetime:
        return self.wanted_at + timedelta(minutes=60)


class SheetLine(LoopRecord):
    """One unit's line. `values` by the form's names; None is not known. `late` once filled after the time that was asked."""

    loop = SHEET_LINE
    view_permission = "command.day_sheet.view"

    sheet = models.ForeignKey(DaySheet, on_delete=models.PROTECT, related_name="lines")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    values = models.JSONField(default=dict)
    filled_by = models.CharField(max_length=160, blank=True, default="")
    filled_at = models.DateTimeField(null=True)
    how = models.CharField(
        max_length=200, blank=True, default="", help_text="who told the duty room, when it filled the line in"
    )
    late = models.BooleanField(default=False)

    class Meta(LoopRecord.Meta):
        constraints = [models.UniqueConstraint(fields=["sheet", "organisation"], name="one_line_a_unit")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.organisation}"

    def get_absolute_url(self) -> str:
        return f"/sheets/lines/{self.pk}/"

    def fill_by(self) -> datetime:
        return self.sheet.wanted_at

    def said(self, field: dict[str, Any]) -> str:
        """A value as the page shows it; a dash where it is not known."""
        value = self.values.get(field["name"])
        return "—" if value in (None, "") else f"{value:g}" if isinstance(value, int | float) else str(value)
