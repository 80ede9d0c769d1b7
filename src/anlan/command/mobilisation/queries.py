"""Appeals, answers and compensations that a person may see; and the appeals that residents may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Case, Sum, When

from anlan.command.models import Appeal, Compensation, Pledge
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.worlds import REAL

#: States in which what was accepted still counts towards what is wanted.
TAKEN = ("accepted", "called", "present", "released")
#: What has to be acted on stands before what is over.
FIRST = ("offered", "called", "accepted", "present")


def appeals(ctx: Context) -> Any:
    return Appeal.objects.visible_to(ctx).select_related("region", "incident")


def appeal(ctx: Context, pk: UUID | str) -> Appeal:
    """Raises NotFound."""
    found: Appeal = Appeal.objects.select_related("region", "incident").get_visible(ctx, pk=pk)
    return found


def pledges_of(ctx: Context, found: Appeal) -> Any:
    """Those that wait for a decision first."""
    order = Case(*(When(state=name, then=i) for i, name in enumerate(FIRST)), default=len(FIRST))
    rows = Pledge.objects.visible_to(ctx).filter(appeal=found).select_related("appeal", "organisation")
    return rows.order_by(order, "opened_at", "pk")


def page_with(rows: Any, pk: str, size: int) -> int:
    """On which page of `rows` the row `pk` stands; 1 when it is not among them."""
    keys = [str(key) for key in rows.values_list("pk", flat=True)]
    return keys.index(pk) // size + 1 if pk in keys else 1


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
