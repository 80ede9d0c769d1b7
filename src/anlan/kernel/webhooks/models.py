"""Who is told of what, how far that has come, and what became of each message."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops.declaration import Loop
from anlan.kernel.loops.record import LoopRecord

from .loops import WEBHOOK


class Subscription(LoopRecord):
    """One receiver of events. It sends what `acts_for` may see on `scope` at the moment of sending, and nothing else.

    `subjects`: exact subjects, or prefixes with a full stop at their end. The secret itself is kept nowhere: it is derived from
    the installation's key, the row's id and `secret_serial`.
    """

    loop: ClassVar[Loop] = WEBHOOK
    view_permission = "kernel.webhook.view"
    worldly: ClassVar[bool] = False

    name = models.CharField(_("名称"), max_length=120)
    url = models.CharField(_("接收地址"), max_length=500)
    subjects = ArrayField(models.CharField(max_length=80), verbose_name=_("事件"))
    exercises = models.BooleanField(_("包括演练"), default=False)
    secret_serial = models.PositiveIntegerField(default=1)
    acts_for = models.CharField(max_length=80)
    acts_for_name = models.CharField(max_length=120, blank=True, default="")
    created_by = models.CharField(max_length=80)
    why = models.CharField(_("中断原因"), max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.name}：{self.why}" if self.state == "broken" and self.why else self.name

    def get_absolute_url(self) -> str:
        return f"/webhooks/{self.pk}/"


class Progress(models.Model):
    """How far a subscription is: every event up to `position` was sent or is none of its business. Its own row, as it moves often."""

    subscription = models.OneToOneField(Subscription, on_delete=models.CASCADE, primary_key=True)
    position = models.BigIntegerField()
    failing_since = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.position}"


class Attempt(models.Model):
    """One attempt to send one message, or one that a person asked for and that waits (`asked`)."""

    class Kind(models.TextChoices):
        EVENT = "event", _("事件")
        AGAIN = "again", _("再次发送")
        TEST = "test", _("测试")

    class Outcome(models.TextChoices):
        ASKED = "asked", _("待发送")
        DELIVERED = "delivered", _("已送达")
        FAILED = "failed", _("未送达")

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="attempts")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.EVENT)
    outcome = models.CharField(max_length=12, choices=Outcome)
    event = models.UUIDField()
    subject = models.CharField(max_length=80)
    position = models.BigIntegerField(null=True)
    exercise = models.BooleanField(default=False)
    attempt = models.PositiveIntegerField(default=1)
    #: When it left (a waiting one: when it was asked for), by the wall clock.
    at = models.DateTimeField()
    took_ms = models.FloatField(null=True)
    #: From the event's commit to the message's leaving.
    lag_ms = models.FloatField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    asked_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["subscription", "-id"], name="webhook_latest"),
            models.Index(fields=["id"], name="webhook_asked", condition=models.Q(outcome="asked")),
            models.Index(fields=["at"], name="webhook_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.outcome}"

    @property
    def facts(self) -> dict[str, Any]:
        """The attempt as the API shows it."""
        return {
            "id": self.pk, "event": str(self.event), "subject": self.subject, "kind": self.kind, "outcome": self.outcome,
            "exercise": self.exercise, "attempt": self.attempt, "at": self.at, "status": self.status, "took_ms": self.took_ms,
            "lag_ms": self.lag_ms, "error": self.error,
        }  # fmt: skip
