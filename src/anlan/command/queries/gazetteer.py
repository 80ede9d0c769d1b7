"""Names of places for the recognition of reports: the regions of a district, and its risk sites by their own names."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from anlan.command.intake.places import Gazetteer, Place
from anlan.kernel.context import Context
from anlan.kernel.scope import above
from anlan.places.queries import Region, regions_under
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


def _plain(name: str) -> str:
    """The name without a remark in brackets: 古城南街下凹式立交桥（示例）."""
    return name.split("（")[0].split("(")[0].strip()
