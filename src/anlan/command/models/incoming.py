"""What came in and waits at the duty desk: a call, a field report from a phone, a message."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from anlan.command.loops import INCOMING
from anlan.kernel.loops import LoopRecord


class Incoming(LoopRecord):
    """One incoming report. It ends as an incident, inside one, or noted; never lost, never left lying."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("电话")
        FIELD = "field", _("现场上报")
        MESSAGE = "message", _("信息")
        SENSOR = "sensor", _("感知设备")
        SYSTEM = "system", _("联动系统")
        MAIL = "mail", _("电子邮件")
        FILE = "file", _("文件")

    loop = INCOMING
    view_permission = "command.incoming.view"

    channel = models.CharField(max_length=10, choices=Channel)
    text = models.TextField()
    source = models.CharField(max_length=120, blank=True, default="", help_text="who says so")
    source_phone = models.CharField(max_length=40, blank=True, default="")
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, null=True, related_name="+")
    position = models.PointField(null=True, blank=True, srid=4326)
    accuracy_m = models.PositiveIntegerField(null=True, blank=True)
    happened_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict, help_text="figures that came with it; null is unknown")
    simulated = models.BooleanField(default=False)
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="incoming")
    client_id = models.UUIDField(null=True, unique=True, help_text="made by the phone, so that a repeat is known")

    class Meta(LoopRecord.Meta):
        verbose_name = _("来报")

    def __str__(self) -> str:
        return self.text[:60]
