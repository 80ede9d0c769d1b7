"""Which handbook holds where, which belong to a kind of incident or to a plan, and whom they say to call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from anlan.analysis.data.incident_kinds import Card, shipped_kinds
from anlan.kernel.context import Context
from anlan.places.queries import Organisation, Region, organisations

from ..data.kind_cards import kind_card_rules
from ..models import HandbookVersion, PlanVersion
from ..queries import parsed as parsed_plan
from ..queries import plans_in_force
from .content import Handbook, Line, parse_handbook


@dataclass(frozen=True, slots=True)
class Held:
    """A version that holds, with what it says."""

    version: HandbookVersion
    handbook: Handbook

    @property
    def whose(self) -> str:
        return self.version.region.name if self.version.region else ""


def handbooks_in_force(region: Region | None) -> list[Held]:
    """One per industry: the region's own, else the nearest one above it, else the shipped one; by title."""
    path = region.path if region else ""
    chain = ["/".join(path.split("/")[: i + 1]) + "/" for i in range(path.count("/"))]
    rows = HandbookVersion.objects.unscoped("which handbook holds in a region is no secret").select_related("region")
    best: dict[str, HandbookVersion] = {}
    for row in sorted(
        rows.filter(Q(region__path__in=chain) | Q(region=None)),
        key=lambda r: (len(r.region.path) if r.region else 0, r.version),
    ):
        best[row.industry] = row
    return [Held(v, parse_handbook(v.content, v.industry)) for v in sorted(best.values(), key=lambda v: v.title)]


def handbook(ctx: Context, pk: Any) -> Held:
    """Raises NotFound."""
    row = HandbookVersion.objects.select_related("region").get_visible(ctx, pk=pk)
    return Held(row, parse_handbook(row.content, row.industry))


def versions_of(ctx: Context, found: HandbookVersion) -> list[HandbookVersion]:
    """All versions of the same handbook of the same region, the newest first."""
    rows = HandbookVersion.objects.visible_to(ctx).filter(industry=found.industry, region=found.region)
    return list(rows.order_by("-version"))


def card_of_kind(code: str) -> Card | None:
    """The card of a kind of incident; None where the kind is unknown or has none."""
    kind = shipped_kinds().find(code) if code else None
    return shipped_kinds().cards.get(kind.card) if kind else None


def handbooks_with(held: Iterable[Held], card: Card | None) -> list[Held]:
    """Those that hold the card, the one with the fewest kinds of incidents first: it says most about this one."""
    if card is None:
        return []
    found = [h for h in held if card.id in {c.id for c in h.handbook.cards}]
    return sorted(found, key=lambda h: (len(h.handbook.kinds), h.version.title))


def handbooks_of_plan(plan: PlanVersion, region: Region | None) -> list[Held]:
    """Handbooks for the kinds of incidents that the plan's headquarters has charge of."""
    hq = parsed_plan(plan).hq
    return [h for h in handbooks_in_force(region) if hq in h.handbook.in_charge]


def plans_of_handbook(found: Handbook, region: Region | None) -> list[PlanVersion]:
    """Plans in force whose headquarters has charge of the handbook's kinds of incidents."""
    rows = plans_in_force(region) if region else []
    return [p for p in rows if parsed_plan(p).hq in found.in_charge]


def called(lines: Iterable[Line], region: Region | None) -> list[dict[str, Any]]:
    """Whom to call in the region: ``[{"line", "units", "placed"}]``; no units where the directory has nobody by that name, `placed`
    where only the place of an incident says who it is."""
    lines, rules = list(lines), kind_card_rules()
    placed = rules.placed | rules.at_site
    wanted = {rules.same.get(line.who, line.who) for line in lines} - placed
    found: dict[str, list[Organisation]] = defaultdict(list)
    for row in organisations(region.path).filter(actor__in=wanted).order_by("code") if region else ():
        found[row.actor].append(row)
    return [
        {"line": line, "units": found[rules.same.get(line.who, line.who)], "placed": line.who in placed}
        for line in lines
    ]
