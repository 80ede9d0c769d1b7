"""Appeals to residents and firms, the answers to them, and what is compensated."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.data.mobilisation import Ground, mobilisation_rules
from anlan.command.mobilisation.loops import APPEAL, COMPENSATION, PLEDGE
from anlan.command.mobilisation.money import yuan
from anlan.kernel.loops import Evidence, LoopRecord, SentOnce, Step


class Appeal(LoopRecord):
    """What is asked for, of whom, until when. `wants`: [{"id", "kind", "what", "amount", "unit"}]. `regions`: codes of the regions
    it goes to; `area`: a drawn one (GeoJSON polygon), None without. `code`: under which residents find it."""

    loop = APPEAL
    view_permission = "command.appeal.view"
    reasons_first = True

    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("情况和要求"), max_length=1000)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    regions: Any = models.JSONField(default=list)
    area = models.PolygonField(srid=4326, null=True)
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="appeals")
    ground = models.CharField(_("依据"), max_length=40)
    wants: Any = models.JSONField(default=list)
    to_firms = models.BooleanField(_("面向企业"), default=True)
    to_residents = models.BooleanField(_("面向居民"), default=False)
    until = models.DateTimeField(_("截止时间"))
    meeting_point = models.CharField(_("集合点"), max_length=200)
    report_to = models.CharField(_("向谁报到"), max_length=120)
    report_phone = models.CharField(_("报到电话"), max_length=40)
    code = models.CharField(max_length=12, unique=True)
    drafted_by = models.CharField(max_length=160)
    drafted_by_key = models.CharField(max_length=80)
    published_by = models.CharField(max_length=160, blank=True, default="")
    published_at = models.DateTimeField(null=True)
    reached: Any = models.JSONField(default=list, help_text="codes of the firms that were told")
    request = models.UUIDField(null=True, help_text="the form's own number: sent twice, it is drafted once")

    class Meta(LoopRecord.Meta):
        verbose_name = _("社会动员令")
        constraints = [
            models.UniqueConstraint(
                fields=["world", "drafted_by_key", "request"], condition=models.Q(request__isnull=False), name="appeal_once"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/appeals/{self.pk}/"

    @property
    def rule(self) -> Ground | None:
        """The ground as the rules know it; None when they name it no longer."""
        return mobilisation_rules().grounds.get(self.ground)

    def want(self, pk: str) -> dict[str, Any] | None:
        return next((w for w in self.wants if w["id"] == pk), None)

    def approve_by(self) -> float:
        return mobilisation_rules().minutes["approve"]

    def ends_at(self) -> datetime:
        return self.until


class Pledge(SentOnce, LoopRecord):
    """What somebody offers. `name` and `phone` are a person's: the pages show them whole only to whoever musters. `token`: by which a
    resident comes back to it; `address_key`, `browser_key` hold back floods and say nothing about the person."""

    loop = PLEDGE
    view_permission = "command.pledge.view"

    class Means(models.TextChoices):
        ACCOUNT = "account", _("平台")
        PHONE = "phone", _("电话登记")
        PUBLIC = "public", _("公开页面")

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="pledges")
    want = models.CharField(max_length=8)
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=20)
    text = models.CharField(max_length=300, blank=True, default="")
    amount = models.PositiveIntegerField()
    accepted_amount = models.PositiveIntegerField(default=0)
    means = models.CharField(max_length=10, choices=Means)
    noted_by = models.CharField(max_length=160, blank=True, default="")
    answer = models.CharField(max_length=300, blank=True, default="", help_text="why it was not accepted")
    place = models.CharField(max_length=200, blank=True, default="")
    muster_due_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_amount = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True, default="")
    receipt = models.CharField(max_length=40, blank=True, default="")
    released_at = models.DateTimeField(null=True)
    condition = models.CharField(max_length=10, blank=True, default="")
    damage = models.TextField(blank=True, default="")
    token = models.CharField(max_length=24, unique=True)
    address_key = models.CharField(max_length=40, blank=True, default="", db_index=True)
    browser_key = models.CharField(max_length=40, blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("应征")
        constraints = [
            *SentOnce.Meta.constraints,
            models.UniqueConstraint(
                fields=["world", "receipt"], condition=~models.Q(receipt=""), name="pledge_receipt_once"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        # Headlines go into messages, logs and audit: a person is not named there.
        who = str(self.organisation) if self.organisation_id else str(_("居民"))
        want = self.appeal.want(self.want) or {}
        return f"{self.appeal.title}：{who} {want.get('what', '')} {self.amount}{want.get('unit', '')}"[:160]

    def get_absolute_url(self) -> str:
        return f"/appeals/{self.appeal_id}/?answer={self.pk}#p-{self.pk}"

    @property
    def masked_name(self) -> str:
        return str(self.organisation) if self.organisation_id else f"{self.name[:1]}**"

    @property
    def masked_phone(self) -> str:
        return f"{self.phone[:3]}****{self.phone[-2:]}" if len(self.phone) > 6 else "****"

    @property
    def usual_muster(self) -> int:
        return mobilisation_rules().minutes["muster"]

    @property
    def meeting_point(self) -> str:
        return self.appeal.meeting_point

    def decide_by(self) -> float:
        return mobilisation_rules().minutes["decide"]

    def muster_by(self) -> datetime | None:
        return self.muster_due_at


class Compensation(LoopRecord):
    """What was used from when to when, and what is paid for it. Sums are whole 分."""

    loop = COMPENSATION
    view_permission = "command.compensation.view"

    pledge = models.OneToOneField(Pledge, on_delete=models.PROTECT, related_name="compensation")
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="compensations")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    receipt = models.CharField(_("征用凭证"), max_length=40, blank=True, default="")
    what = models.CharField(max_length=200)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=8)
    used_from = models.DateTimeField()
    used_to = models.DateTimeField()
    condition = models.CharField(max_length=10)
    damage = models.TextField(blank=True, default="")
    claimed_fen = models.BigIntegerField(null=True)
    claim = models.TextField(blank=True, default="")
    claimed_by_key = models.CharField(max_length=80, blank=True, default="")
    assessed_fen = models.BigIntegerField(null=True)
    basis = models.TextField(blank=True, default="")
    assessed_by = models.CharField(max_length=160, blank=True, default="")
    assessed_by_key = models.CharField(max_length=80, blank=True, default="")
    paid_at = models.DateTimeField(null=True)
    paper = models.CharField(max_length=80, blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("征用补偿")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(claimed_fen__isnull=True) | models.Q(claimed_fen__gte=0), name="compensation_claim_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(assessed_fen__isnull=True) | models.Q(assessed_fen__gte=0), name="compensation_sum_not_negative"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.receipt} {self.what} {self.amount}{self.unit}".strip()

    def get_absolute_url(self) -> str:
        return f"/appeals/compensations/{self.pk}/"

    @property
    def claimed(self) -> str:
        return yuan(self.claimed_fen)

    @property
    def assessed(self) -> str:
        return yuan(self.assessed_fen)

    @property
    def used_hours(self) -> float:
        return round((self.used_to - self.used_from).total_seconds() / 3600, 1)

    def claim_by(self) -> float:
        return mobilisation_rules().minutes["claim"]

    def assess_by(self) -> float:
        return mobilisation_rules().minutes["assess"]

    def pay_by(self) -> float:
        return mobilisation_rules().minutes["pay"]

    def asked(self, step: Step) -> tuple[Evidence, ...]:
        """Assessing begins with what was claimed."""
        if step.name == "assess":
            return tuple(replace(e, default=self.claimed) if e.name == "sum" else e for e in step.evidence)
        return step.evidence
