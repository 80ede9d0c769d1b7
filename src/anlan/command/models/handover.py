"""A change of shifts: asked for by one, agreed by another, approved. And a handover: what was open, as it stood, signed by two."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.command.duty.loops import HANDOVER, SWAP
from anlan.kernel.loops import LoopRecord

#: A swap is answered and approved within a day, and before the earlier of its shifts begins.
ANSWER_WITHIN = timedelta(hours=24)
BEFORE_SHIFT = timedelta(hours=2)
AT_LEAST = timedelta(minutes=15)


class Swap(LoopRecord):
    """`shift` goes from `by` to `to`; `other` (when there is one) comes back in exchange."""

    loop = SWAP
    view_permission = "command.roster.view"

    shift = models.ForeignKey("command.Shift", on_delete=models.PROTECT, related_name="swaps")
    other = models.ForeignKey("command.Shift", on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey("places.Person", on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey("places.Person", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["shift"], name="swap_in_work_once", condition=models.Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        begin = localtime(self.shift.starts_at)
        words = {"by": self.by.name, "to": self.to.name, "when": f"{begin:%m-%d %H:%M}", "seat": self.shift.seat_name}
        if self.other is None:
            return str(_("%(by)s请%(to)s代班：%(when)s %(seat)s") % words)
        back = f"{localtime(self.other.starts_at):%m-%d %H:%M}"
        return str(_("%(by)s与%(to)s换班：%(when)s %(seat)s 换 %(back)s") % {**words, "back": back})

    @property
    def asker(self) -> str:
        return str(self.by.key)

    def agree_by(self) -> datetime:
        return self._before(self.opened_at)

    def approve_by(self) -> datetime:
        return self._before(self.state_since)

    def _before(self, since: datetime) -> datetime:
        first = min(s.starts_at for s in (self.shift, self.other) if s is not None)
        return max(since + AT_LEAST, min(since + ANSWER_WITHIN, first - BEFORE_SHIFT))


class Handover(LoopRecord):
    """`items`: what is open, ``{"key", "kind", "kind_name", "title", "state", "due_at", "url", "told", "word"}``; they follow the facts
    until the outgoing officer signs, and stand from then on."""

    loop = HANDOVER
    reasons_first = True
    view_permission = "command.handover.view"

    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    outgoing = models.ForeignKey("command.Shift", on_delete=models.PROTECT, null=True, related_name="+")
    outgoing_person = models.ForeignKey("places.Person", on_delete=models.PROTECT, related_name="+")
    outgoing_signed_at = models.DateTimeField(null=True)
    incoming = models.ForeignKey("command.Shift", on_delete=models.PROTECT, null=True, related_name="+")
    incoming_person = models.ForeignKey("places.Person", on_delete=models.PROTECT, null=True, related_name="+")
    incoming_signed_at = models.DateTimeField(null=True)
    items = models.JSONField(default=list)
    remarks = models.TextField(blank=True, default="")
    on_duty = models.JSONField(default=list, help_text="who was on duty when it was signed: [{seat, name, since}]")

    class Meta(LoopRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["world", "region"], name="handover_in_work_once", condition=models.Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        at = localtime(self.outgoing_signed_at or self.opened_at)
        words = {"where": self.region.name, "at": f"{at:%Y-%m-%d %H:%M}", "who": self.outgoing_person.name}
        return str(_("%(where)s %(at)s 交接班（交班：%(who)s）") % words)

    def get_absolute_url(self) -> str:
        return f"/duty/handovers/{self.pk}/"

    @property
    def untold(self) -> int:
        return sum(not item["told"] for item in self.items)

    def sign_by(self) -> datetime:
        """Half an hour after it was begun, or when the shift has to be handed over, whichever is later."""
        soon = self.state_since + timedelta(minutes=30)
        return max(soon, self.outgoing.hand_over_by()) if self.outgoing else soon
