"""What rosters go by: days off and days worked instead, key periods, who is away; and the secret addresses of people's calendars."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.ledgers import LedgerRow


class DutyDay(LedgerRow):
    """A day that is not what the week says. It overrides what the platform ships of the State Council's arrangements."""

    view_permission = "command.duty_day.view"

    class Kind(models.TextChoices):
        OFF = "off", _("放假")
        WORK = "work", _("调休上班")

    day = models.DateField(_("日期"))
    kind = models.CharField(_("安排"), max_length=6, choices=Kind)
    name = models.CharField(_("名称"), max_length=40)
    source = models.CharField(_("依据"), max_length=120, blank=True, default="")

    class Meta(LedgerRow.Meta):
        constraints = [models.UniqueConstraint(fields=["scope", "day"], name="duty_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class KeyPeriod(LedgerRow):
    """Days on which the stronger template holds: a flood season's peak, a congress, a holiday."""

    view_permission = "command.key_period.view"

    name = models.CharField(_("名称"), max_length=60)
    since = models.DateField(_("从"))
    until = models.DateField(_("到"))
    source = models.CharField(_("依据"), max_length=120, blank=True, default="")

    class Meta(LedgerRow.Meta):
        constraints = [models.UniqueConstraint(fields=["scope", "name", "since"], name="key_period_once")]

    def __str__(self) -> str:
        return self.name


class Leave(LedgerRow):
    """A person is away and is not put on a roster."""

    view_permission = "command.leave.view"

    class Kind(models.TextChoices):
        LEAVE = "leave", _("休假")
        SICK = "sick", _("病假")
        TRIP = "trip", _("出差")
        TRAINING = "training", _("培训")
        OTHER = "other", _("其他")

    person = models.ForeignKey("places.Person", verbose_name=_("人员"), on_delete=models.PROTECT, related_name="+")
    since = models.DateField(_("从"))
    until = models.DateField(_("到"))
    kind = models.CharField(_("事由"), max_length=10, choices=Kind, default=Kind.LEAVE)
    note = models.CharField(_("说明"), max_length=120)

    class Meta(LedgerRow.Meta):
        constraints = [models.UniqueConstraint(fields=["person", "since"], name="leave_once")]

    def __str__(self) -> str:
        return f"{self.person} {self.since}—{self.until}"


class DutyFeed(models.Model):
    """The secret address under which a person's calendar program reads the person's shifts. Only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("places.Person", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], name="duty_feed_once", condition=models.Q(revoked_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.made_at:%F}"
