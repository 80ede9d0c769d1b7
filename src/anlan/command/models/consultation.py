"""Consultations, the views given in them, and the experts who may be asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.consultation.loops import CONSULTATION, CONSULTATION_VIEW
from anlan.kernel.ledgers import LedgerRow
from anlan.kernel.loops import LoopRecord, SentOnce


class Expert(LedgerRow):
    """Somebody who may be asked. With `person` the request reaches them on the platform, otherwise they are telephoned."""

    view_permission = "command.expert.view"

    code = models.CharField(_("编号"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    field = models.CharField(_("专业"), max_length=120)
    unit = models.CharField(_("单位"), max_length=120, blank=True, default="")
    title = models.CharField(_("职称"), max_length=60, blank=True, default="")
    phone = models.CharField(_("电话"), max_length=40, blank=True, default="")
    person = models.ForeignKey(
        "places.Person", verbose_name=_("平台账号"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(LedgerRow.Meta):
        verbose_name = _("专家")

    def __str__(self) -> str:
        return f"{self.name}（{self.field}）"


class ConsultationRule(LedgerRow):
    """When a region wants a consultation without anybody asking, where it is not as shipped. The nearest region's rows count;
    `hazard` empty: every kind of warning that no other row names."""

    view_permission = "command.consultation_rule.view"

    class Occasion(models.TextChoices):
        HOLIDAY = "holiday", _("节假日前")
        PERIOD = "period", _("重点时段前")
        WARNING = "warning", _("收到预警")

    code = models.CharField(_("编号"), max_length=40, unique=True)
    occasion = models.CharField(_("时机"), max_length=10, choices=Occasion)
    days_before = models.PositiveSmallIntegerField(_("提前几天"), null=True, blank=True)
    hazard = models.CharField(_("预警种类"), max_length=40, blank=True, default="")
    color = models.CharField(
        _("最低颜色"), max_length=8, blank=True, default="",
        choices=[("blue", _("蓝色")), ("yellow", _("黄色")), ("orange", _("橙色")), ("red", _("红色"))],
    )  # fmt: skip
    off = models.BooleanField(_("本地不召集"), default=False)
    source = models.CharField(_("依据"), max_length=200, blank=True, default="")

    class Meta(LedgerRow.Meta):
        verbose_name = _("会商安排")

    def __str__(self) -> str:
        return f"{self.get_occasion_display()} {self.hazard} {self.get_color_display() if self.color else ''}".strip()


class Consultation(SentOnce, LoopRecord):
    """`material`: [{"title", "lines": [{"text", "url"}]}] as it stood at `material_at`, never changed. `about_type`, `about_id`: the
    signal or warning it is called for. `guidance`: [{"task", "text", "to", "request"}]; `request` is the number of the form."""

    loop = CONSULTATION
    view_permission = "command.consultation.view"
    reasons_first = True

    title = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True, default="")
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="consultations")
    about_type = models.CharField(max_length=40, blank=True, default="")
    about_id = models.CharField(max_length=60, blank=True, default="")
    about_url = models.CharField(max_length=200, blank=True, default="")
    convene_by = models.DateTimeField(null=True, help_text="of one that the calendar proposes: before the days begin")
    meeting_url = models.CharField(max_length=300, blank=True, default="")
    material = models.JSONField(default=list)
    material_at = models.DateTimeField(null=True)
    convened_by = models.CharField(max_length=160, blank=True, default="")
    convened_at = models.DateTimeField(null=True)
    conclusion = models.TextField(blank=True, default="")
    concluded_by = models.CharField(max_length=160, blank=True, default="")
    guidance = models.JSONField(default=list)

    class Meta(LoopRecord.Meta):
        verbose_name = _("会商")
        constraints = [
            *SentOnce.Meta.constraints,
            models.UniqueConstraint(
                fields=["world", "region", "about_type", "about_id"], name="one_consultation_about",
                condition=models.Q(closed_at__isnull=True) & ~models.Q(about_id=""),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/consultations/{self.pk}/"

    @property
    def called_on(self) -> str:
        """Whom a reminder goes to: the office that a scheduled one is laid on, else the duty chief."""
        return ",".join(self.owner_keys) or "duty_chief"

    def convene_due(self) -> datetime:
        """What a warning proposes is decided within the hour (platform default), what the calendar proposes before its days begin."""
        soon = self.opened_at + timedelta(minutes=60)
        return max(self.convene_by, soon) if self.convene_by else soon


class ConsultationView(LoopRecord):
    """What one department or expert was asked and said."""

    loop = CONSULTATION_VIEW
    view_permission = "command.consultation.view"
    reasons_first = True

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="views")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, null=True, related_name="views")
    name = models.CharField(max_length=160)
    text = models.TextField(blank=True, default="")
    said_by = models.CharField(max_length=160, blank=True, default="")
    recorded_by = models.CharField(max_length=160, blank=True, default="")
    means = models.CharField(max_length=10, blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta(LoopRecord.Meta):
        verbose_name = _("会商意见")
        constraints = [
            models.UniqueConstraint(fields=["consultation", "organisation"], name="consultation_unit_once"),
            models.UniqueConstraint(fields=["consultation", "expert"], name="consultation_expert_once"),
        ]

    def __str__(self) -> str:
        return f"{self.consultation}：{self.name}"

    def get_absolute_url(self) -> str:
        return self.consultation.get_absolute_url()
