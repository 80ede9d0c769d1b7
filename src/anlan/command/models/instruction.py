"""An instruction: one order in words, given once, that became one task for each organisation it reached."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.ledgers import LedgerRow
from anlan.kernel.scope import ScopedModel


class Instruction(ScopedModel):
    """What was ordered, by whom, from what, to whom. It has no state of its own: it is over when none of its tasks is open.

    `asked`: the addresses as they were picked (``org:…``, ``post:…@person``, ``group:…``). `area`: the drawn area (GeoJSON polygon
    or circle), None without one. `reach` keeps who was reached then: ``{"units": {code: {"why": […], "people": [id, …]}},
    "missing": [{"name", "why"}], "notes": [text, …]}``.
    """

    class Source(models.TextChoices):
        HAND = "hand", _("直接下达")
        CARD = "card", _("预案任务卡")
        MAP = "map", _("地图圈选")
        TIMELINE = "timeline", _("时间线")
        VOICE = "voice", _("语音")
        ONE_PRESS = "one_press", _("一键通")
        MEETING = "meeting", _("会议议定")

    view_permission = "command.task.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    text = models.TextField()
    source = models.CharField(max_length=10, choices=Source, default=Source.HAND)
    source_ref = models.CharField(max_length=200, blank=True, default="", help_text="the card, the timeline item")
    response = models.ForeignKey("command.Response", on_delete=models.PROTECT, null=True, related_name="instructions")
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="instructions")
    asked: Any = models.JSONField(default=list)
    area: Any = models.JSONField(null=True)
    reach: Any = models.JSONField(default=dict)
    urgent = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)
    issued_by_name = models.CharField(max_length=160)
    request = models.UUIDField(null=True, help_text="the form's own number: sent twice, it is given once")

    class Meta(ScopedModel.Meta):
        verbose_name = _("指令")
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "-issued_at"], name="instruction_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["world", "issued_by", "request"], condition=models.Q(request__isnull=False), name="instruction_once"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return reverse("instruction", args=[self.pk])


class AddressGroup(LedgerRow):
    """A named group of organisations and posts that instructions may be addressed to, kept by the district."""

    view_permission = "command.address_group.view"

    code = models.CharField(_("编号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    members = models.TextField(
        _("成员"), help_text=_("单位或岗位的编号，用逗号或换行隔开，例如 sjs.water，sjs.hq.head")
    )
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")

    class Meta(LedgerRow.Meta):
        verbose_name = _("下达对象组")

    def __str__(self) -> str:
        return self.name

    @property
    def codes(self) -> list[str]:
        words = self.members.replace("，", " ").replace(",", " ").replace("、", " ").replace("；", " ").split()
        return list(dict.fromkeys(words))
