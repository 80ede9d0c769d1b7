"""What was said to whom, by which channel, and how far it got."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class Message(ScopedModel):
    """One text, about one object. `dedupe` keeps the same occasion from being announced twice in a world."""

    view_permission = "messaging.message.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    text = models.TextField()
    about_type = models.CharField(max_length=80, blank=True, default="")
    about_id = models.CharField(max_length=64, blank=True, default="")
    about_url = models.CharField(max_length=300, blank=True, default="")
    urgent = models.BooleanField(default=False)
    sender = models.CharField(max_length=80)
    sender_name = models.CharField(max_length=120)
    sent_at = models.DateTimeField(help_text="clock of the world")
    dedupe = models.CharField(max_length=200, null=True)

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["about_type", "about_id"], name="message_about")]
        constraints = [models.UniqueConstraint(fields=["world", "dedupe"], name="message_once")]

    def __str__(self) -> str:
        return self.text[:60]


class Delivery(models.Model):
    """One message on its way to one person by one channel. Read through its message or its own person, never listed bare.

    Times are those of the message's world. `key` is the idempotency key that goes out with the message.
    """

    class Channel(models.TextChoices):
        APP = "app", _("应用内")
        EMAIL = "email", _("邮件")
        BY_HAND = "call_by_hand", _("人工电话")
        PHONE = "phone_simulated", _("电话（模拟）")

    class State(models.TextChoices):
        QUEUED = "queued", _("待发")
        SENT = "sent", _("已发")
        DELIVERED = "delivered", _("已送达")
        READ = "read", _("已读")
        FAILED = "failed", _("未送达")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey("places.Person", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16, choices=Channel)
    address = models.CharField(max_length=254, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True, default="")
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # A telephone may ring again about the same message; an inbox and a mailbox get it once.
            models.UniqueConstraint(
                fields=["message", "person", "channel"],
                condition=models.Q(channel__in=["app", "email"]),
                name="delivery_once",
            )
        ]
        indexes = [
            models.Index(fields=["person", "world", "-queued_at"], name="inbox", condition=models.Q(channel="app")),
            models.Index(
                fields=["person", "world"], name="inbox_unread", condition=models.Q(channel="app", read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"

    @property
    def key(self) -> str:
        return f"delivery-{self.pk}"
