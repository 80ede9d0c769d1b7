"""叫应: a round of calls, one call per region, and every attempt to reach somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel

from ..loops import CALL
from .message import Delivery


class CallRound(ScopedModel):
    """Why many are called at once. It has no state of its own: it is over when none of its calls is open."""

    view_permission = "messaging.call.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    why = models.CharField(max_length=200)
    text = models.TextField()
    about_type = models.CharField(max_length=80, blank=True, default="")
    about_id = models.CharField(max_length=64, blank=True, default="")
    about_url = models.CharField(max_length=300, blank=True, default="")
    series = models.CharField(
        max_length=80, blank=True, default="", help_text="a later round of the series replaces this one"
    )
    urgent = models.BooleanField(default=False)
    message = models.OneToOneField("messaging.Message", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=80)
    started_by_name = models.CharField(max_length=120)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    closed_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "-started_at"], name="round_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["world", "about_type", "about_id", "scope"], condition=~models.Q(about_id=""), name="round_once"
            )
        ]

    def __str__(self) -> str:
        return self.why

    @property
    def about(self) -> tuple[str, Any, str]:
        """What a message about the round names, as a record of a loop does."""
        return ("messaging.round", self.pk, self.get_absolute_url())

    def get_absolute_url(self) -> str:
        return reverse("calls-round", args=[self.pk])


class Call(LoopRecord):
    """The call of one region in a round. `ladder` is fixed when the round starts: what was promised is what is climbed.

    `ladder`: ``[{"post", "name", "after_min"}]``; `rung_now` is the rung being called; `next_at` when the next attempt falls due.
    """

    loop = CALL
    view_permission = "messaging.call.view"

    round = models.ForeignKey(CallRound, on_delete=models.PROTECT, related_name="calls")
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    ladder = models.JSONField(default=list)
    rung_now = models.PositiveSmallIntegerField(default=0)
    phoned = models.BooleanField(default=False, help_text="the rung being called has been rung by telephone")
    next_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")
    answered_post = models.CharField(max_length=160, blank=True, default="")
    answered_means = models.CharField(max_length=16, blank=True, default="")
    answered_note = models.CharField(max_length=500, blank=True, default="")

    #: Read beside the calls by `attach_attempts`: every attempt, the last that went out, how many went out.
    log: list[CallAttempt]
    last: CallAttempt | None
    tries: int

    class Meta(LoopRecord.Meta):
        indexes = [
            GinIndex(fields=["shared_with"]),
            GinIndex(fields=["owner_keys"]),
            models.Index(fields=["world", "closed_at", "due_at"]),
            models.Index(fields=["round", "closed_at"], name="call_of_round"),
        ]
        constraints = [models.UniqueConstraint(fields=["round", "region"], name="call_once_a_round")]

    def __str__(self) -> str:
        return f"{self.region} · {self.round.why}"

    @property
    def headline(self) -> str:
        return str(_("叫应 %(region)s：%(why)s") % {"region": self.region.name, "why": self.round.why})

    def next_attempt(self) -> datetime | None:
        return self.next_at

    def rung_called(self) -> dict[str, Any] | None:
        return self.ladder[self.rung_now] if self.rung_now < len(self.ladder) else None

    def get_absolute_url(self) -> str:
        return reverse("calls-call", args=[self.pk])


class CallAttempt(models.Model):
    """One attempt to reach one person for a call; read through its call."""

    class Outcome(models.TextChoices):
        CALLED = "called", _("已发出")
        RANG = "rang", _("已振铃")
        NO_ANSWER = "no_answer", _("无人接听")
        ANSWERED = "answered", _("已应答")
        TO_DIAL = "to_dial", _("待人工拨打")
        NOBODY = "nobody", _("岗位无人")

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="attempts")
    person = models.ForeignKey("places.Person", on_delete=models.PROTECT, null=True, related_name="+")
    person_name = models.CharField(max_length=120, blank=True, default="")
    post = models.CharField(max_length=60)
    post_name = models.CharField(max_length=160)
    rung = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()
    delivery = models.ForeignKey("messaging.Delivery", on_delete=models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome)
    detail = models.CharField(max_length=300, blank=True, default="")
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["call", "id"], name="attempts_of_call")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.post_name} {self.channel} {self.outcome}"

    @property
    def channel_label(self) -> str:
        return str(dict(Delivery.Channel.choices).get(self.channel, self.channel))
