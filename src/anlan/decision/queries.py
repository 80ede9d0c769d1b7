"""What other rooms may ask of decision: plans in force, what is known, proposals, where a response stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.places.queries import Region

from .data.response_levels import Plan, parse_plan
from .models import Contribution, Fact, PlanVersion, Proposal, Standing


def plans_in_force(region: Region, at: datetime | None = None) -> list[PlanVersion]:
    """One version per plan key: the region's own, else the nearest one above it, else the shipped one.

    By the wall clock (now when `at` is None): an exercise about the past is judged by today's rules.
    """
    at = at or clock.real_now()
    chain = ["/".join(region.path.split("/")[: i + 1]) + "/" for i in range(region.path.count("/"))]
    rows = (
        PlanVersion.objects.unscoped("plans hold for everybody of the region; which one is in force is no secret")
        .filter(Q(region__path__in=chain) | Q(region=None), in_force_from__lte=at)
        .select_related("region")
    )
    best: dict[str, PlanVersion] = {}
    for row in sorted(rows, key=_nearness):
        best[row.key] = row
    return sorted(best.values(), key=lambda p: p.key)


def _nearness(row: PlanVersion) -> tuple[int, datetime, int]:
    return (len(row.region.path) if row.region else 0, row.in_force_from, row.version)


def parsed(row: PlanVersion) -> Plan:
    """The plan behind a row. A version never changes, so its reading is kept."""
    return _parsed(str(row.pk), row.version, _Content(row.content))


class _Content:
    """Carries the content past the cache's key."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self.content == other.content

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=256)
def _parsed(_pk: str, _version: int, content: _Content) -> Plan:
    return parse_plan(content.content)


def plans(ctx: Context) -> QuerySet[PlanVersion]:
    return PlanVersion.objects.visible_to(ctx).select_related("region").order_by("key", "-in_force_from", "-version")


def plan(ctx: Context, pk: Any) -> PlanVersion:
    """Raises NotFound."""
    return PlanVersion.objects.select_related("region").get_visible(ctx, pk=pk)


def proposals(ctx: Context, *, state: str = "") -> QuerySet[Proposal]:
    """Visible proposals, those that wait first, then the newest."""
    rows = Proposal.objects.visible_to(ctx).select_related("plan", "region")
    if state == "waiting":
        return rows.open().order_by("due_at")
    return rows.order_by("-opened_at", "-pk")


def proposal(ctx: Context, pk: Any) -> Proposal:
    """Raises NotFound."""
    return Proposal.objects.select_related("plan", "region").get_visible(ctx, pk=pk)


def waiting_proposals(ctx: Context) -> list[Proposal]:
    return list(proposals(ctx, state="waiting")[:20])


def standings(ctx: Context) -> QuerySet[Standing]:
    return Standing.objects.visible_to(ctx).select_related("region")


def standing_of(ctx: Context, region: Region, hazard: str) -> Standing | None:
    return Standing.objects.in_world(ctx).filter(region=region, hazard=hazard).first()


def facts_of(ctx: Context, region: Region) -> list[Fact]:
    """What is known in the region, visible to the person, for the fact board."""
    return list(Fact.objects.visible_to(ctx).filter(region=region).order_by("variable"))


def contributions_of(ctx: Context, region: Region, kinds: Sequence[str] = ()) -> list[Contribution]:
    rows = Contribution.objects.visible_to(ctx).filter(region=region)
    return list(rows.filter(kind__in=kinds) if kinds else rows)
