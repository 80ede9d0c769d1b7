"""The rows that ledgers keep."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.contrib.gis.db.models import PointField
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel, ScopedQuerySet


class KeptRow(models.Model):
    """What every ledger asks of its rows beside the fields that it declares: use and disuse, and the time of the last change."""

    sample = models.BooleanField(_("示例"), default=False, help_text=_("为演示而编的记录"))
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True, editable=False)
    retired_why = models.CharField(_("停用原因"), max_length=200, blank=True, default="", editable=False)
    updated_at = models.DateTimeField(_("更新时间"), editable=False)

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("ledger-row", args=[self.object_type, self.pk])

    @classmethod
    def blank(cls, ctx: Context, *, sample: bool = False, shared_with: Iterable[str] = ()) -> Self:
        """A new row, not yet saved, of the context's world."""
        return cls(sample=sample, shared_with=sorted(set(shared_with)), world_id=ctx.world)

    @property
    def audiences(self) -> list[str]:
        """Who sees the row beside those whose region it is in."""
        return list(getattr(self, "shared_with", ()))

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    @property
    def object_type(self) -> str:
        """How audit rows and attachments name this kind of row: the key of its ledger."""
        from .registry import ledger_of_model

        return ledger_of_model(type(self)).key


class LedgerRow(KeptRow, ScopedModel):
    """Base of a row of a ledger. `scope` is the region it belongs to; retired rows are kept and leave the list.

    The base database is the same in every world, so `worldly` is False unless a model says otherwise; it is not changed
    from inside an exercise.
    """

    worldly = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta(ScopedModel.Meta):
        abstract = True
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["retired_at"])]


class KnownRows(ScopedQuerySet):
    """Rows that the whole platform reads to do its work (who exists, who holds a post); only their ledger is scoped."""

    _cleared = True

    def visible_to(self, ctx: Context, permission: str | None = None) -> Self:
        """What the ledger shows to `ctx`: rows of the regions in which it holds the permission."""
        model: Any = self.model
        reach = [models.Q(scope__startswith=path) for path in ctx.paths(permission or model.view_permission)]
        return self.filter(reduce(or_, reach, models.Q(pk__in=[])))

    def in_world(self, ctx: Context) -> Self:
        return self.all()


class KnownRow(KeptRow):
    """Base of a ledger row that is no secret inside the platform. The model brings its own key, and `scope`: a column with
    the path of the region it belongs to. Its default manager is made from `KnownRows`.
    """

    view_permission: ClassVar[str] = ""
    worldly: ClassVar[bool] = False
    # A row looks at its last change by the wall clock when no service gives it one.
    updated_at = models.DateTimeField(_("更新时间"), default=clock.real_now, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def blank(cls, ctx: Context, *, sample: bool = False, shared_with: Iterable[str] = ()) -> Self:
        return cls(sample=sample)


class PlacedRow(LedgerRow):
    """A row that lies somewhere. `accuracy_m` is set when the position is illustrative (示意位置)."""

    position: Any = PointField(_("位置"), srid=4326, null=True, blank=True)
    accuracy_m = models.PositiveIntegerField(_("位置精度"), null=True, blank=True, help_text=_("米；示意位置须填"))

    class Meta(LedgerRow.Meta):
        abstract = True
