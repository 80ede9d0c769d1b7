"""Reads of action that others may call."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from anlan.kernel.context import Context
from anlan.kernel.loops.record import LoopQuerySet

from .models import Relocation, ShelterUse


@dataclass(frozen=True, slots=True)
class Totals:
    """People in shelters and people moved, as far as counted. `uncounted`: open shelters that nobody counted yet."""

    open_shelters: int
    sheltered: int
    capacity: int
    uncounted: int
    relocated: int


def shelter_uses(ctx: Context, *, only_open: bool = True) -> LoopQuerySet:
    rows = ShelterUse.objects.visible_to(ctx).select_related("shelter", "region").order_by("region__code", "name")
    return rows.filter(closed_at__isnull=True) if only_open else rows


def relocations(ctx: Context) -> QuerySet[Relocation]:
    return Relocation.objects.visible_to(ctx).select_related("region", "to_shelter").order_by("-at")


def totals(ctx: Context) -> Totals:
    """Totals over what the context may see."""
    opened = shelter_uses(ctx).order_by()
    sums = opened.aggregate(
        n=Count("pk"),
        uncounted=Count("pk", filter=Q(people__isnull=True)),
        people=Sum("people"),
        capacity=Sum("capacity"),
    )
    return Totals(
        open_shelters=sums["n"],
        sheltered=sums["people"] or 0,
        capacity=sums["capacity"] or 0,
        uncounted=sums["uncounted"],
        relocated=relocations(ctx).order_by().aggregate(n=Sum("people"))["n"] or 0,
    )
