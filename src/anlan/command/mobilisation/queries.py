"""Appeals, answers and compensations that a person may see; and the appeals that residents may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Sum

from anlan.command.models import Appeal, Compensation, Pledge
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.worlds import REAL

#: States in which what was accepted still counts towards what is wanted.
TAKEN = ("accepted", "called", "present", "released")


def appeals(ctx: Context) -> Any:
    return Appeal.objects.visible_to(ctx).select_related("region", "incident")


def appeal(ctx: Context, pk: UUID | str) -> Appeal:
    """Raises NotFound."""
    found: Appeal = Appeal.objects.select_related("region", "incident").get_visible(ctx, pk=pk)
    return found


def pledges_of(ctx: Context, found: Appeal) -> list[Pledge]:
    """Those that wait for a decision first."""
    order = {name: i for i, name in enumerate(("offered", "called", "accepted", "present"))}
    rows = Pledge.objects.visible_to(ctx).filter(appeal=found).select_related("appeal", "organisation")
    return sorted(rows, key=lambda p: (order.get(p.state, 9), p.opened_at))


def tally(found: Appeal) -> list[dict[str, Any]]:
    """Each thing wanted with what was offered, accepted and is there. Figures only: whoever sees the appeal may see them."""
    rows = (
        Pledge.objects.unscoped("sums of an appeal that was read as the person sees it").filter(appeal=found).order_by()
    )
    offered = dict(rows.exclude(state="withdrawn").values_list("want").annotate(n=Sum("amount")))
    taken = dict(rows.filter(state__in=TAKEN).values_list("want").annotate(n=Sum("accepted_amount")))
    there = dict(rows.filter(state="present").values_list("want").annotate(n=Sum("arrived_amount")))
    return [
        {**w, "offered": offered.get(w["id"], 0), "taken": taken.get(w["id"], 0), "there": there.get(w["id"], 0)}
        for w in found.wants
    ]


def compensations(ctx: Context) -> Any:
    return Compensation.objects.visible_to(ctx).select_related("appeal", "organisation", "pledge__organisation")


def compensation(ctx: Context, pk: UUID | str) -> Compensation:
    """Raises NotFound."""
    rows = Compensation.objects.select_related("appeal", "organisation", "pledge__organisation")
    found: Compensation = rows.get_visible(ctx, pk=pk)
    return found


def for_residents() -> Any:
    """Published appeals of reality that ask residents and have not ended. An exercise has none: it never leaves the house."""
    return Appeal.objects.unscoped("published for everybody").filter(
        world_id=REAL, to_residents=True, state="published", until__gt=clock.real_now()
    )


def own_pledge(token: str) -> Pledge | None:
    """What a resident offered, by the address that was given back; None for anything else."""
    rows = Pledge.objects.unscoped("whoever has the address of an answer gave it").filter(world_id=REAL, means="public")
    return rows.filter(token=token).select_related("appeal").first() if token else None
