"""Names of places for the recognition of reports: the regions of a district, and its risk sites by their own names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from anlan.command.intake.places import Gazetteer, Place
from anlan.command.intake.report import parse_report
from anlan.kernel.context import Context
from anlan.kernel.scope import above
from anlan.places.queries import Region, region, regions_under
from anlan.registry.queries import risk_sites_under


def gazetteer_of(path: str) -> Gazetteer:
    """Regions on and below `path`, and those above it. Built once, and anew when regions come or go."""
    return _built(path, regions_under(path).count())


@lru_cache(maxsize=8)
def _built(path: str, count: int) -> Gazetteer:
    rows = [*regions_under(path), *Region.objects.filter(path__in=above(path)[:-1]).order_by("path")]
    return Gazetteer(
        Place(r.name, r.code, r.level, r.position.x if r.position else None, r.position.y if r.position else None)
        for r in rows
    )


def site_named(ctx: Context, path: str, text: str) -> Any | None:
    """The risk site (underpass, slope …) of the district whose own name stands in `text`; the longest name wins."""
    named = [s for s in risk_sites_under(ctx, path) if _plain(s.name) and _plain(s.name) in text]
    return max(named, key=lambda s: len(s.name), default=None)


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """What the platform knows of a place by its name: the region it lies in (None: not said) and, where it is known, its point."""

    region: Region | None
    position: Any | None = None
    accuracy_m: int | None = None


def place_named(ctx: Context, path: str, words: str) -> NamedPlace:
    """A place of the district `path` by its name: a risk site by its own, else the street or community that the words name."""
    found = parse_report(words, ctx.now(), gazetteer_of(path)).fields["place"]
    code = (found.details.get("region") or {}).get("code")
    at = region(code) if code else None
    site = site_named(ctx, path, words)
    if site is not None and site.position is not None:
        return NamedPlace(at, site.position, site.accuracy_m)
    if at is not None and at.level in ("township", "village") and at.position is not None:
        return NamedPlace(at, at.position, at.accuracy_m or 2000)
    return NamedPlace(at)


def _plain(name: str) -> str:
    """The name without a remark in brackets: 古城南街下凹式立交桥（示例）."""
    return name.split("（")[0].split("(")[0].strip()
