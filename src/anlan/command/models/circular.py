"""A circular or instruction, and the receipt that each unit owes for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.command.circulars.loops import CIRCULAR, RECEIPT, SENDERS
from anlan.kernel.loops import ASSIGNEE, LoopRecord
from anlan.places.queries import leader_key_of


class Circular(LoopRecord):
    """Received from above (`from_above`) or written here. The original is kept as attachments and never changed.

    `by_street` is the code of the street that sends it to its communities; empty for a duty room. `read_by` and `done_by` hold
    for every unit; without `done_by` it is to be read and nothing more.
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", _("通知")
        REPORT = "report", _("通报")
        INSTRUCTION = "instruction", _("指示")
        REMARK = "remark", _("批示")
        VERIFY = "verify", _("核实要求")
        LETTER = "letter", _("函")

    class Urgency(models.TextChoices):
        NORMAL = "normal", _("平件")
        URGENT = "urgent", _("加急")
        EXTRA = "extra", _("特急")
        TOP = "top", _("特提")

    class Means(models.TextChoices):
        TYPED = "typed", _("录入")
        UPLOAD = "upload", _("上传原件")
        PHONE = "phone", _("电话记录")
        FAX = "fax", _("传真")
        INTERFACE = "interface", _("接口")

    loop = CIRCULAR
    view_permission = "command.circular.view"

    from_above = models.BooleanField(default=False)
    kind = models.CharField(max_length=12, choices=Kind)
    urgency = models.CharField(max_length=8, choices=Urgency, default=Urgency.NORMAL)
    means = models.CharField(max_length=10, choices=Means, default=Means.TYPED)
    title = models.CharField(max_length=200)
    number = models.CharField(max_length=60, blank=True, default="", help_text="发文字号, as the issuer writes it")
    issuer = models.CharField(max_length=120)
    text = models.TextField(blank=True, default="")
    read_by = models.DateTimeField(null=True, blank=True)
    done_by = models.DateTimeField(null=True, blank=True)
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="circulars")
    registered_by = models.CharField(max_length=160)
    by_street = models.CharField(max_length=40, blank=True, default="")
    source_id = models.CharField(max_length=120, null=True, help_text="the sender's own id; the same one is taken once")

    class Meta(LoopRecord.Meta):
        verbose_name = _("通知通报")
        constraints = [models.UniqueConstraint(fields=["world", "issuer", "source_id"], name="circular_taken_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def headline(self) -> str:
        return f"{self.get_kind_display()}：{self.title}"

    def get_absolute_url(self) -> str:
        return reverse("circular", args=[self.pk])

    def handle_by(self) -> datetime:
        """Half an hour to pass it on, a quarter when it is urgent (platform default). What is asked to be verified is answered by its
        own time.
        """
        if self.kind == self.Kind.VERIFY and self.done_by is not None:
            return self.done_by
        return self.opened_at + timedelta(minutes=30 if self.urgency == self.Urgency.NORMAL else 15)

    def last_due(self) -> datetime | None:
        return self.done_by or self.read_by

    @property
    def senders(self) -> tuple[str, ...]:
        return senders_of(self.by_street)

    @property
    def officers(self) -> str:
        return f"org:{self.by_street}" if self.by_street else "duty_officer"

    @property
    def leaders(self) -> str:
        return leader_key_of(self.by_street) if self.by_street else "duty_leader"


def senders_of(by_street: str) -> tuple[str, ...]:
    """Roles that act for whoever sent it: a street that received it settles nothing for itself."""
    return tuple(role for role in SENDERS if role != "town" or by_street)


class CircularReceipt(LoopRecord):
    """What one unit owes for a circular: that a named person read it, and where asked that it was done."""

    loop = RECEIPT
    #: Nobody says to have read what was not opened.
    reasons_first = True
    view_permission = "command.circular.view"

    circular = models.ForeignKey(Circular, on_delete=models.PROTECT, related_name="receipts")
    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    leader_keys = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    read_at = models.DateTimeField(null=True)
    read_name = models.CharField(max_length=160, blank=True, default="")
    read_how = models.CharField(max_length=12, blank=True, default="")
    done_at = models.DateTimeField(null=True)
    done_name = models.CharField(max_length=160, blank=True, default="")
    done_text = models.TextField(blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("通知签阅")
        constraints = [models.UniqueConstraint(fields=["circular", "organisation"], name="circular_unit_once")]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.circular}"

    @property
    def headline(self) -> str:
        return f"{self.circular.headline}（{self.organisation}）"

    def get_absolute_url(self) -> str:
        return self.circular.get_absolute_url()

    def read_due(self) -> datetime | None:
        return self.circular.read_by

    def done_due(self) -> datetime | None:
        return self.circular.done_by

    @property
    def to_act(self) -> bool:
        return self.circular.done_by is not None

    @property
    def readers_to_act(self) -> tuple[str, ...]:
        return (ASSIGNEE,) if self.to_act else ()

    @property
    def readers_to_know(self) -> tuple[str, ...]:
        return () if self.to_act else (ASSIGNEE,)

    @property
    def senders(self) -> tuple[str, ...]:
        return self.circular.senders

    @property
    def senders_to_act(self) -> tuple[str, ...]:
        return self.senders if self.to_act else ()

    @property
    def senders_to_know(self) -> tuple[str, ...]:
        return () if self.to_act else self.senders

    @property
    def leader(self) -> str:
        return ",".join(self.leader_keys) or self.officers

    @property
    def officers(self) -> str:
        return self.circular.officers
