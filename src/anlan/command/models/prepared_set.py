"""一键通: what is prepared in peace so that one press calls, orders and shares; and each press with what became of its parts."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class PreparedSet(ScopedModel):
    """One version of a prepared set; only the newest is `current`, the older ones stay for what was pressed with them.

    `parts`: ``[{"kind": "call" | "order" | "share", "text", "groups": [group id, …], "minutes", "urgent"}]``.
    """

    view_permission = "command.prepared_set.view"
    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40)
    name = models.CharField(_("名称"), max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    current = models.BooleanField(default=True)
    may_press = ArrayField(models.CharField(max_length=40), default=list)
    parts: Any = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=160)
    retired_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = _("一键通")
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "code"], condition=models.Q(current=True), name="prepared_set_current"
            ),
            models.UniqueConstraint(fields=["scope", "code", "version"], name="prepared_set_version"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("prepared-set", args=[self.pk])


class Press(ScopedModel):
    """One press of a set. `results`: for each part ``{"kind", "state": "done" | "failed", "said", "url", "id", "by", "at"}``.

    `occasion` is what makes two presses the same: the incident, or the form's own number where there is none.
    """

    view_permission = "command.prepared_set.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prepared = models.ForeignKey(PreparedSet, on_delete=models.PROTECT, related_name="presses")
    code = models.CharField(max_length=40)
    incident = models.ForeignKey("command.Incident", on_delete=models.PROTECT, null=True, related_name="presses")
    occasion = models.CharField(max_length=64)
    pressed_at = models.DateTimeField()
    pressed_by = models.CharField(max_length=80)
    pressed_by_name = models.CharField(max_length=160)
    results: Any = models.JSONField(default=list)

    class Meta(ScopedModel.Meta):
        verbose_name = _("一键通执行")
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "-pressed_at"], name="press_latest")]
        constraints = [
            models.UniqueConstraint(fields=["world", "scope", "code", "occasion"], name="press_once_per_occasion")
        ]

    def __str__(self) -> str:
        return f"{self.prepared}"

    def get_absolute_url(self) -> str:
        return reverse("press", args=[self.pk])
