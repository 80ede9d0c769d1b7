"""What other rooms may ask of decision: plans in force, what is known, proposals, where a response stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.places.data.roster import read_role_names
from anlan.places.queries import Organisation, Region, posts_below, posts_with_role

from .data.response_levels import Plan, parse_plan
from .models import (
    NONE,
    Contribution,
    Fact,
    PlanFiling,
    PlanFinding,
    PlanRecord,
    PlanRevision,
    PlanVersion,
    Proposal,
    Standing,
)
from .proposing import together

#: Kinds of organisations that a plan means by its members.
MEMBER_KINDS = ("bureau", "team", "enterprise")


def plans_in_force(region: Region, at: datetime | None = None) -> list[PlanVersion]:
    """One version per hazard, of a special plan: the region's own, else the nearest one above it, else the shipped one.

    Plans of departments, streets, villages and enterprises carry their own work and propose nothing for the county. By the wall
    clock (now when `at` is None): an exercise about the past is judged by today's rules.
    """
    at = at or clock.real_now()
    chain = ["/".join(region.path.split("/")[: i + 1]) + "/" for i in range(region.path.count("/"))]
    rows = (
        PlanVersion.objects.unscoped("plans hold for everybody of the region; which one is in force is no secret")
        .filter(Q(region__path__in=chain) | Q(region=None), in_force_from__lte=at, record__type=PlanRecord.Type.SPECIAL)
        .exclude(record__ended_at__lte=at)
        .select_related("region", "record")
    )
    best: dict[str, PlanVersion] = {}
    for row in sorted(rows, key=_nearness):
        best[row.hazard] = row
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


def plan_records(ctx: Context) -> QuerySet[PlanRecord]:
    """Plans that the person may see, each with its versions at hand (`known_versions`)."""
    rows = PlanRecord.objects.visible_to(ctx).select_related("region", "owner", "upper")
    return rows.prefetch_related(
        Prefetch("versions", PlanVersion.objects.visible_to(ctx), to_attr="known_versions")
    ).order_by("shipped", "type", "title", "code")


def plan_record(ctx: Context, pk: Any) -> PlanRecord:
    """Raises NotFound."""
    return PlanRecord.objects.select_related("region", "owner", "upper").get_visible(ctx, pk=pk)


def upper_record(region: Region | None, code: str) -> PlanRecord | None:
    """The plan that a plan of the region names as the one above: the nearest of that code from the region upwards, else the shipped one."""
    path = region.path if region else ""
    chain = ["/".join(path.split("/")[: i + 1]) + "/" for i in range(path.count("/"))]
    rows = PlanRecord.objects.unscoped("which plan a plan stands under is no secret").filter(code=code, ended_at=None)
    found = rows.filter(Q(region__path__in=chain) | Q(region=None)).select_related("region")
    return max(found, key=lambda r: len(r.region.path) if r.region else 0, default=None)


def possible_uppers(ctx: Context, region: Region | None, code: str) -> list[tuple[str, str]]:
    """(code, title) of the plans that a plan of the region may stand under: those in use there and above, itself left out."""
    path = region.path if region else ""
    found = {
        r.code: f"{r.title}（{r.whose or '各区县默认'}）"
        for r in PlanRecord.objects.visible_to(ctx).filter(ended_at=None).select_related("region", "owner")
        if r.code != code and (r.region is None or path.startswith(r.region.path))
    }
    return sorted(found.items(), key=lambda one: one[1])


def versions_of(ctx: Context, record: PlanRecord) -> list[PlanVersion]:
    """The newest first."""
    return list(PlanVersion.objects.visible_to(ctx).filter(record=record).select_related("region").order_by("-version"))


def revisions(ctx: Context) -> Any:
    """Work on plans, what is open and due first."""
    rows = PlanRevision.objects.visible_to(ctx).select_related("record", "record__region", "record__owner", "base")
    return rows.order_by("closed_at", "due_at", "-opened_at")


def revision(ctx: Context, pk: Any) -> PlanRevision:
    """Raises NotFound."""
    return PlanRevision.objects.select_related("record", "record__region", "record__owner", "base").get_visible(
        ctx, pk=pk
    )


def findings_about(ctx: Context, about: Any) -> list[PlanFinding]:
    """Findings that a response (id) led to, as far as they may be seen, the oldest first."""
    rows = PlanFinding.objects.visible_to(ctx).filter(about_id=about).select_related("plan", "revision__record")
    return list(rows.order_by("at", "pk"))


def findings_of(of: PlanRevision) -> list[PlanFinding]:
    """Findings that a revision, which the caller sees, is about, whatever world they were made in; the oldest first."""
    rows = PlanFinding.objects.unscoped("the revision itself was read as the person sees it").filter(revision=of)
    return list(rows.select_related("world").order_by("at", "pk"))


def filings(ctx: Context) -> Any:
    """Plans of enterprises handed in: what is open and due first, then the newest."""
    rows = PlanFiling.objects.visible_to(ctx).select_related("organisation")
    return rows.order_by(F("closed_at").desc(nulls_first=True), "due_at", "-opened_at")


def filing(ctx: Context, pk: Any) -> PlanFiling:
    """Raises NotFound."""
    return PlanFiling.objects.select_related("organisation__region").get_visible(ctx, pk=pk)


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
    return Standing.objects.visible_to(ctx).select_related("region").order_by("region__path", "hazard")


def standing_of(ctx: Context, region: Region, hazard: str) -> Standing | None:
    return Standing.objects.in_world(ctx).filter(region=region, hazard=hazard).first()


def together_now(ctx: Context) -> list[dict[str, Any]]:
    """Where several responses stand or wait to be decided at once: per region the highest level and the cards merged.

    ``[{"region", "parts": [{"title", "level", "in_force", "url"}], **together}]`` (see `proposing.together`). A waiting start or raise
    counts with the level that it asks for, what is in force with its own.
    """
    parts: dict[Any, dict[str, dict[str, Any]]] = {}
    regions: dict[Any, Region] = {}
    standing = standings(ctx).exclude(level_number=NONE).select_related("region", "proposal__plan")
    waiting = proposals(ctx, state="waiting").filter(kind__in=(Proposal.Kind.START, Proposal.Kind.RAISE))
    found = [
        (s.region, s.hazard, s.proposal.plan, s.level_number, s.response or "", True) for s in standing if s.proposal
    ]
    found += [(p.region, p.hazard, p.plan, p.level_number, p.get_absolute_url(), False) for p in waiting]
    for region, hazard, row, number, where, in_force in found:
        plan = parsed(row)
        level = next((lv for lv in plan.levels if lv.number == number), None)
        if level is None:
            continue
        regions[region.pk] = region
        url = f"/responses/{where}/" if in_force and where else where
        part = {"title": row.title, "level": level, "plan": plan, "in_force": in_force, "url": url}
        before = parts.setdefault(region.pk, {}).get(hazard)
        if before is None or level.number < before["level"].number:
            parts[region.pk][hazard] = part
    told = []
    for pk, of_region in parts.items():
        one = together([(p["plan"], p["level"]) for p in of_region.values()])
        if one is not None:
            told.append(
                {**one, "region": regions[pk], "parts": [{**p, "level": p["level"].level} for p in of_region.values()]}
            )
    return told


def facts_of(ctx: Context, region: Region) -> list[Fact]:
    """What is known in the region, visible to the person, for the fact board."""
    return list(Fact.objects.visible_to(ctx).filter(region=region).order_by("variable"))


def contributions_of(ctx: Context, region: Region, kinds: Sequence[str] = ()) -> list[Contribution]:
    rows = Contribution.objects.visible_to(ctx).filter(region=region)
    return list(rows.filter(kind__in=kinds) if kinds else rows)


def home_region(ctx: Context) -> Region | None:
    """The county of the person's own posts; None where there is none."""
    for path in ctx.paths("decision.plan.view"):
        here = Region.objects.filter(path=path).first()
        if here is not None:
            return here
    return None


def holders(region: Region | None) -> dict[str, list[str]] | None:
    """Who holds each role in a region: organisations that act as it, posts that carry it. None without a region or anybody in it."""
    if region is None:
        return None
    found: dict[str, list[str]] = {}
    here = Organisation.objects.filter(region__path__startswith=region.path)
    for code, actor, kind in here.values_list("code", "actor", "kind"):
        for role in (actor, "members" if kind in MEMBER_KINDS and actor else ""):
            if role:
                found.setdefault(role, []).append(f"org:{code}")
    for role in set(read_role_names()) - set(found):
        posts = posts_with_role(role, region.path) or posts_below(role, region.path)
        if posts:
            found[role] = [post.key for post in posts]
    return found or None
