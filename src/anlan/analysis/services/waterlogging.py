"""How deep the water stands at the points of a region, measured or reported, as facts for plans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from anlan.events.analysis import FiguresUpdated
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.places.models import Region
from anlan.places.queries import regions_under
from anlan.sensing import queries as sensing
from anlan.sensing.following import DEPTHS
from anlan.sensing.models import Datastream

from ..models import RegionFigures

#: What somebody reads or reports without a schedule stands for so long; after that nobody knows (a value of the platform's).
STANDS = timedelta(hours=24)


def update_depths(ctx: Context, *, stations: Iterable[str]) -> list[RegionFigures]:
    """Put together anew the depths of every county in which one of `stations` lies, and announce what changed."""
    streams = [s for s in sensing.datastreams(ctx) if s.property in DEPTHS]
    wanted = set(stations)
    touched = [s.thing.scope for s in streams if s.thing_id in wanted]
    changed = []
    for region in regions_under("", levels=["county"]) if touched else ():
        if not any(scope.startswith(region.path) for scope in touched):
            continue
        own = [s for s in streams if s.thing.scope.startswith(region.path)]
        row = _keep(ctx, region, own)
        changed += [row] if row else []
    return changed


def depth_figures(ctx: Context, streams: Sequence[Datastream], at: datetime) -> dict[str, Any]:
    """``waterlog_depth_cm`` (the deepest point, in cm, and `where`) and ``waterlog_points`` (the depth of each point) at `at`.

    The newest reading of a point stands until the next, at most for a day, or for one interval and a half where readings
    are expected at intervals. A point without one is unread: then the deepest is a lower bound. Nothing when no point has any.
    """
    newest = sensing.newest_readings(ctx, streams)
    names = {s.thing_id: s.thing.name for s in streams}
    found: dict[str, tuple[datetime, float]] = {}
    for stream in streams:
        seen = newest.get(stream.pk)
        if seen is None or seen[1] is None or at - seen[0] > _stands(stream):
            continue
        if stream.thing_id not in found or seen[0] > found[stream.thing_id][0]:
            found[stream.thing_id] = (seen[0], seen[1])
    if not found:
        return {}
    where, (_time, deepest) = max(found.items(), key=lambda one: one[1][1])
    unread = len(names) - len(found)
    return {
        "waterlog_depth_cm": {"at_least" if unread else "value": deepest, "where": names[where] if deepest else ""},
        "waterlog_points": {"each": sorted((cm for _t, cm in found.values()), reverse=True), "unread": unread},
    }


def _stands(stream: Datastream) -> timedelta:
    scheduled = stream.interval_s <= sensing.UNSCHEDULED_S
    return timedelta(seconds=stream.interval_s * sensing.PATIENCE) if scheduled else STANDS


def _keep(ctx: Context, region: Region, streams: Sequence[Datastream]) -> RegionFigures | None:
    at = sensing.latest_time(ctx, streams)
    figures = depth_figures(ctx, streams, at) if at else {}
    if not at or not figures:
        return None
    with transaction.atomic():
        rows = RegionFigures.objects.in_world(ctx).select_for_update(of=("self",)).filter(region=region, at=at)
        row = rows.first() or RegionFigures(
            region=region,
            at=at,
            scope=region.path,
            shared_with=[region.key],
            world_id=ctx.world,
            figures={},
            obtained=1.0,
        )
        if row.figures | figures == row.figures:
            return None
        row.figures = row.figures | figures
        row.save()
        event = FiguresUpdated(region=region.short_code, at=at.isoformat(), figures=figures, obtained=row.obtained)
        announce(ctx, event, scope=region.path, shared_with=[region.key])
    return row
