"""What stands around a station: the nearest that measure the same, with what they say now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.gis.db.models.functions import Distance

from anlan.kernel.context import Context
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from ..queries import station_sums

NEAREST = 5
#: A newest reading so much older than the station's own is not beside it any more.
BESIDE = timedelta(hours=2)


def nearest(ctx: Context, thing: Thing, stream: Datastream) -> list[dict[str, Any]]:
    """The nearest visible stations with the same property: ``{"station", "km", "at", "value", "sums", "old"}``.

    `sums`: of hourly amounts, by window in hours, up to the station's own newest reading; they are compared at one time.
    """
    if thing.position is None:
        return []
    rows = (
        sensing.stations(ctx)
        .filter(datastreams__property=stream.property, position__isnull=False).exclude(pk=thing.pk)
        .annotate(away=Distance("position", thing.position)).order_by("away", "pk")[:NEAREST]
    )  # fmt: skip
    around = {t.pk: t for t in rows}
    streams = [s for s in sensing.datastreams(ctx, list(around)) if s.property == stream.property]
    newest = sensing.newest_readings(ctx, [*streams, stream])
    own = newest.get(stream.pk)
    sums = station_sums(ctx, streams, own[0]) if stream.property == sensing.RAIN and own else {}
    found = []
    for one in sorted(streams, key=lambda s: around[s.thing_id].away):
        at, value = newest.get(one.pk, (None, None))
        found.append({
            "station": around[one.thing_id], "km": round(around[one.thing_id].away.km, 1), "at": at, "value": value,
            "sums": sums.get(one.thing_id, {}), "old": at is None or (own is not None and own[0] - at > BESIDE),
        })  # fmt: skip
    return found
