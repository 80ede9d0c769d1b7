"""Partners in an emergency, what was agreed with them, and each request for their help."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import models
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _

from anlan.command.cooperation.loops import AGREEMENT, REQUEST
from anlan.command.data.cooperation import cooperation_rules
from anlan.kernel.ledgers import LedgerRow
from anlan.kernel.loops import LoopRecord, SentOnce
from anlan.places.queries import superiors_of


class Partner(LedgerRow):
    """Whoever may be asked for help. With `organisation` a request reaches its posts on the platform, otherwise it goes by telephone
    or on paper and the duty room notes the answer."""

    view_permission = "command.partner.view"

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("部门协同")
        REGION = "region", _("区域协同")
        MILITARY = "military", _("军地协同")
        SOCIAL = "social", _("社会协同")

    code = models.CharField(_("编号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("协同机制"), max_length=12, choices=Kind)
    organisation = models.ForeignKey(
        "places.Organisation",
        verbose_name=_("平台单位"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    phone = models.CharField(_("值班电话"), max_length=40)
    brings = models.TextField(_("能提供什么"), max_length=1000, blank=True, default="")
    superior = models.CharField(_("上级或主管单位及电话"), max_length=160, blank=True, default="")

    class Meta(LedgerRow.Meta):
        verbose_name = _("协同伙伴")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/cooperation/partners/{self.pk}/"


class PartnerContact(LedgerRow):
    """A post of a partner with the number under which it is reached."""

    view_permission = "command.partner_contact.view"

    code = models.CharField(_("编号"), max_length=60, unique=True)
    partner = models.ForeignKey(Partner, verbose_name=_("协同伙伴"), on_delete=models.PROTECT, related_name="contacts")
    post = models.CharField(_("职务"), max_length=60)
    name = models.CharField(_("姓名"), max_length=60, blank=True, default="")
    phone = models.CharField(_("电话"), max_length=40)
    hours = models.CharField(_("何时可联系"), max_length=60, blank=True, default="")
    order = models.PositiveSmallIntegerField(_("联系顺序"), default=10)

    class Meta(LedgerRow.Meta):
        verbose_name = _("协同联系人")

    def __str__(self) -> str:
        return f"{self.partner} {self.post}"


class Agreement(SentOnce, LoopRecord):
    """What a partner promised, within how many minutes of a request. `drills`: [{"on", "text", "by", "request"}],
    joint exercises held; `request` is the number of the form that it came with."""

    loop = AGREEMENT
    view_permission = "command.partner.view"
    worldly = False
    reasons_first = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="agreements")
    subject = models.CharField(max_length=200)
    promise = models.TextField()
    signed_on = models.DateField()
    valid_until = models.DateField()
    answer_min = models.PositiveIntegerField()
    arrive_min = models.PositiveIntegerField()
    drills = models.JSONField(default=list)
    recorded_by = models.CharField(max_length=160)

    class Meta(LoopRecord.Meta):
        verbose_name = _("协同协议")
        constraints = SentOnce.Meta.constraints

    def __str__(self) -> str:
        return f"{self.partner}：{self.subject}"

    def get_absolute_url(self) -> str:
        return f"/cooperation/agreements/{self.pk}/"

    def ends_at(self) -> datetime:
        """The last moment of the last day."""
        return end_of(self.valid_until)

    def holds(self, now: datetime) -> bool:
        return self.is_open and now < self.ends_at()


class CooperationRequest(SentOnce, LoopRecord):
    """One partner asked for one thing. `answer_min`, `arrive_min`: of the agreement in force when it was asked, else of the
    platform (`agreement` None). `extent`: full or partly; `eta_min`: what the partner itself said."""

    loop = REQUEST
    view_permission = "command.cooperation_request.view"
    reasons_first = True

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="requests")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="requests")
    incident = models.ForeignKey(
        "command.Incident", on_delete=models.PROTECT, null=True, related_name="cooperation_requests"
    )
    response = models.ForeignKey(
        "command.Response", on_delete=models.PROTECT, null=True, related_name="cooperation_requests"
    )
    what = models.CharField(max_length=300)
    amount = models.CharField(max_length=80, blank=True, default="")
    place = models.CharField(max_length=200)
    until = models.DateTimeField(null=True)
    authority = models.CharField(max_length=160)
    asked_by = models.CharField(max_length=160)
    answer_min = models.PositiveIntegerField()
    arrive_min = models.PositiveIntegerField()
    extent = models.CharField(max_length=10, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    answered_by = models.CharField(max_length=160, blank=True, default="")
    means = models.CharField(max_length=10, blank=True, default="")
    eta_min = models.PositiveIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)

    class Meta(LoopRecord.Meta):
        verbose_name = _("协同请求")
        constraints = SentOnce.Meta.constraints

    def __str__(self) -> str:
        return f"{self.partner}：{self.what}"[:160]

    def get_absolute_url(self) -> str:
        return f"/cooperation/requests/{self.pk}/"

    def answer_due(self) -> datetime:
        return self.opened_at + timedelta(minutes=self.answer_min)

    def arrival_due(self) -> datetime:
        return self.opened_at + timedelta(minutes=self.arrive_min)

    def until_due(self) -> datetime | None:
        """Who has come is let go in time; a request without an end has no such clock."""
        return self.until

    @property
    def asked_of(self) -> str:
        """Whom a reminder goes to: the partner where it is on the platform, else the duty officer who telephones."""
        return ",".join(self.owner_keys) or "duty_officer"

    @property
    def superior(self) -> str:
        """Whom silence is told to: the superiors that the platform knows of the partner, with the duty chief who rings the others."""
        return ",".join(p.key for p in superiors_of(self.owner_keys)) or "duty_chief"


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), get_default_timezone())


def pace_of(kind: str) -> tuple[int, int]:
    """(answer, arrive) in minutes where no agreement says so."""
    pace = cooperation_rules().pace[kind]
    return pace.answer, pace.arrive
