"""The rows that ledgers keep."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db.models import PointField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class LedgerRow(ScopedModel):
    """Base of a row of a ledger. `scope` is the region it belongs to; retired rows are kept and leave the list.

    The base database is the same in every world, so `worldly` is False unless a model says otherwise; it is not changed
    from inside an exercise.
    """

    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sample = models.BooleanField(_("示例"), default=False, help_text=_("为演示而编的记录"))
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True, editable=False)
    retired_why = models.CharField(_("停用原因"), max_length=200, blank=True, default="", editable=False)
    updated_at = models.DateTimeField(_("更新时间"), editable=False)

    class Meta(ScopedModel.Meta):
        abstract = True
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["retired_at"])]

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    @property
    def object_type(self) -> str:
        """How audit rows and attachments name this kind of row: the key of its ledger."""
        from .registry import ledger_of_model

        return ledger_of_model(type(self)).key

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("ledger-row", args=[self.object_type, self.pk])


class PlacedRow(LedgerRow):
    """A row that lies somewhere. `accuracy_m` is set when the position is illustrative (示意位置)."""

    position: Any = PointField(_("位置"), srid=4326, null=True, blank=True)
    accuracy_m = models.PositiveIntegerField(_("位置精度"), null=True, blank=True, help_text=_("米；示意位置须填"))

    class Meta(LedgerRow.Meta):
        abstract = True
