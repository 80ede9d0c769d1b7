"""What becomes known: facts and contributions are written down, then the region's plans are judged anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from anlan.kernel.context import Context
from anlan.places.queries import Organisation, Region, regions_under

from ..models import Contribution, Fact
from .evaluating import evaluate


@transaction.atomic
def learn_facts(
    ctx: Context,
    *,
    region: Region,
    facts: Mapping[str, Any],
    at: datetime,
    source: str,
    expires_at: datetime | None = None,
) -> list[Any]:
    """Take in figures of a county region (variable → value in any form of a fact) and judge its plans; returns new proposals.

    A datum older than the one kept changes nothing.
    """
    lock_region(ctx, region)
    known = {f.variable: f for f in Fact.objects.in_world(ctx).filter(region=region, variable__in=list(facts))}
    fresh: list[Fact] = []
    for variable, value in facts.items():
        before = known.get(variable)
        if before is not None and before.at > at:
            continue
        row = before or Fact(region=region, variable=variable, scope=region.path, world_id=ctx.world)
        row.value, row.at, row.source, row.expires_at = value, at, source[:200], expires_at
        fresh.append(row)
    Fact.everything.bulk_create([f for f in fresh if f.pk is None])
    Fact.everything.bulk_update([f for f in fresh if f.pk is not None], ["value", "at", "source", "expires_at"])
    return evaluate(ctx, region) if fresh else []


@transaction.atomic
def contribute(
    ctx: Context, *, region: Region, kind: Contribution.Kind, origin: str, data: Mapping[str, Any] | None, at: datetime
) -> list[Any]:
    """What one warning, incident, street or task says about a county region; None takes it back. Returns new proposals."""
    lock_region(ctx, region)
    rows = Contribution.objects.in_world(ctx).filter(region=region, kind=kind, origin=origin)
    before = rows.first()
    if data is None:
        if before is None:
            return []
        rows.delete()
    elif before is None:
        Contribution(
            region=region, kind=kind, origin=origin, data=dict(data), at=at, scope=region.path, world_id=ctx.world
        ).save(force_insert=True)
    else:
        merged = {**before.data, **data}
        if merged == before.data:
            return []
        before.data, before.at = merged, at
        before.save(update_fields=["data", "at"])
    return evaluate(ctx, region)


def lock_region(ctx: Context, region: Region) -> None:
    """One at a time per region and world, so that two reactions never judge past each other. Held to the transaction's end."""
    with connection.cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"decision:{ctx.world}:{region.pk}"])


def counties_of(codes: Iterable[str]) -> list[Region]:
    """The county regions that division codes touch: themselves, those below a province or city, the one above a street.

    Only those where the platform is at work, that is where organisations are entered.
    """
    found: dict[str, Region] = {}
    for code in codes:
        here = Region.objects.filter(code=code.ljust(12, "0")).first()
        if here is None:
            continue
        if here.level in ("province", "city", "county"):
            rows: Iterable[Region] = regions_under(here.path, levels=["county"])
        else:
            above = county_above(here)
            rows = [above] if above else []
        found |= {r.code: r for r in rows}
    at_work = set(Organisation.objects.filter(region__in=found).values_list("region_id", flat=True))
    return [found[code] for code in sorted(found) if code in at_work]


def county_above(region: Region) -> Region | None:
    """The county on or above a region."""
    prefixes = ["/".join(region.path.split("/")[: i + 1]) + "/" for i in range(region.path.count("/"))]
    return Region.objects.filter(path__in=prefixes, level="county").first()
