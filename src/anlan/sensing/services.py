"""The verbs of sensing: stations are registered, readings accepted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.gis.geos import Point
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.events.sensing import ObservationsArrived
from anlan.kernel import auditing, clock
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.ids import new_id
from anlan.places.queries import region as region_of

from .locating import keep_location
from .models import Correction, Datastream, Latest, Observation, RejectedReading, Thing
from .properties import properties as known_properties
from .reading import BadReading, Reading, read_reading

FEED = "sensing.observation.feed"
CHANGE = "sensing.station.change"
COUNTY_DIGITS = 6
MAX_BATCH = 20_000
EVENT_ROWS = 500
MAX_REJECTED_KEPT = 1000


@transaction.atomic
def register_station(
    ctx: Context, *, code: str, name: str, region: str, properties: Sequence[str], lon: float | None = None,
    lat: float | None = None, accuracy_m: int | None = None, interval_s: int = 3600, county: str = "", kind: str = "rain",
    sample: bool = False, registered_as: str = "",
) -> Thing:  # fmt: skip
    """Enter a station with what it measures, or bring an entered one up to date. `region` is a division code. `registered_as`
    names the row of the base database that it follows (see `following`).

    Raises BadInput for a property that nobody knows, NotFound for an unknown region.
    """
    place = region_of(region)
    ctx.require(CHANGE, place.path)
    unknown = [p for p in properties if p not in known_properties()]
    if unknown:
        raise BadInput(_("没有“%(name)s”这种观测量") % {"name": "、".join(unknown)}, field="properties")
    fields = {
        "name": name, "kind": kind, "county": county, "accuracy_m": accuracy_m, "sample": sample, "scope": place.path,
        "shared_with": [_audience(place.path)], "retired": False,
        "position": Point(lon, lat, srid=4326) if lon is not None and lat is not None else None,
        **({"registered_as": registered_as} if registered_as else {}),
    }  # fmt: skip
    before = Thing.objects.unscoped("one station by its code").filter(pk=code).first()
    thing, created = Thing.everything.update_or_create(code=code, defaults=fields)
    keep_location(thing)
    for given in properties:
        known = known_properties()[given]
        Datastream.objects.update_or_create(
            thing=thing, property=known.id,
            defaults={"unit": known.unit, "least": known.least, "most": known.most, "interval_s": interval_s, "period_s": known.period_s},
        )  # fmt: skip
    changed = created or any(getattr(before, k) != v for k, v in fields.items())
    if changed:
        auditing.record(
            ctx, action="sensing.station.register", label=gettext_lazy("登记测站"), object_type="sensing.thing", object_id=code,
            scope=place.path, data={"name": name, "properties": list(properties)},
        )  # fmt: skip
    return thing


def _audience(path: str) -> str:
    """Weather is everybody's: a station is seen in its whole county, one above the counties in its whole region."""
    codes = path.strip("/").split("/")
    return f"in:{next((c for c in codes if len(c) == COUNTY_DIGITS), codes[-1])}"


def accept_readings(
    ctx: Context, readings: Iterable[Mapping[str, Any]], *, history: bool = False, source: str = ""
) -> dict[str, Any]:
    """Store readings ``{"station", "time", "value", "property"?: "rain_mm", "unit"?}``; the bad ones never hold up the good ones.

    `time` is ISO 8601 with offset (or an aware datetime) and ends the period; `value` None says missing. `history`: readings
    from before a replay began; they are stored without an announcement, so that nothing is raised for the past.

    Returns ``{"accepted": n, "duplicates": n, "corrected": n, "rejected": [{"index", "reason", "mend"}]}``; a corrected reading
    counts as accepted. The same reading twice is one. Raises BadInput when the batch is larger than 20,000 rows, NotAllowed
    when the actor may feed nothing at all.
    """
    rows = list(readings)
    if not ctx.paths(FEED):
        raise NotAllowed(permission=FEED)
    if len(rows) > MAX_BATCH:
        raise BadInput(
            _("一批有 %(n)d 条读数，最多 %(most)d 条") % {"n": len(rows), "most": MAX_BATCH}, mend=_("请分批报送")
        )
    with transaction.atomic():
        good, rejected = _judge(ctx, rows)
        fresh, duplicates, corrections = _store(ctx, good, rejected)
        arrived = [*fresh, *corrections]
        _keep_latest(ctx, arrived)
        if not history:
            _announce(ctx, arrived)
        _keep_rejected(ctx, rows, rejected, source)
    rejected.sort(key=lambda r: r["index"])
    return {
        "accepted": len(arrived), "duplicates": duplicates, "corrected": len(corrections), "rejected": rejected,
    }  # fmt: skip


def _judge(ctx: Context, rows: Sequence[Any]) -> tuple[list[Reading], list[dict[str, Any]]]:
    """Readings that may be stored, and the refused ones."""
    now = ctx.now()
    codes = {str(r.get("station") or "").strip() for r in rows if isinstance(r, Mapping)}
    things = {t.pk: t for t in Thing.objects.visible_to(ctx).filter(pk__in=codes, retired=False)}
    streams = {(s.thing_id, s.property): s for s in Datastream.objects.filter(thing__in=things)}
    for stream in streams.values():
        stream.thing = things[stream.thing_id]
    good: dict[tuple[int, Any], Reading] = {}
    rejected: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        try:
            reading = _read(ctx, index, row, things, streams, now)
            twin = good.setdefault(reading.key, reading)
            if twin.value != reading.value:
                raise BadReading(
                    _("与本批第 %(n)d 条是同一站同一时刻，数值却不同") % {"n": twin.index + 1}, _("请核对后只报一个值")
                )
        except BadReading as bad:
            rejected.append({"index": index, "reason": bad.reason, "mend": bad.mend})
    return list(good.values()), rejected


def _read(
    ctx: Context, index: int, row: Any, things: dict[str, Thing], streams: dict[tuple[str, str], Datastream], now: Any
) -> Reading:
    if not isinstance(row, Mapping):
        raise BadReading(_("这一条不是一组字段"), _("每条读数写成 {station, time, value}"))
    code = str(row.get("station") or "").strip()
    thing = things.get(code)
    if thing is None:
        raise BadReading(_("没有登记测站“%(code)s”") % {"code": code[:60]}, _("请核对站码，或先在基础库登记该站"))
    name = str(row.get("property") or "rain_mm").strip()
    known = known_properties().get(name)
    stream = streams.get((code, known.id)) if known else None
    if stream is None:
        raise BadReading(
            _("测站“%(code)s”不测“%(name)s”") % {"code": code[:60], "name": name[:40]},
            _("请核对观测量，或先为该站登记"),
        )
    if not ctx.may(FEED, thing.scope):
        raise BadReading(_("您的岗位不能报测站“%(code)s”的读数") % {"code": code[:60]}, _("请由该站的管理单位报送"))
    return read_reading(index, row, stream, now)


def _store(
    ctx: Context, good: Sequence[Reading], rejected: list[dict[str, Any]]
) -> tuple[list[Reading], int, list[Reading]]:
    """New rows, how many were there already, and corrections of what was there."""
    if not good:
        return [], 0, []
    times = [r.time for r in good]
    known = {
        (o.datastream_id, o.phenomenon_time): o
        for o in Observation.objects.select_for_update().filter(
            world_id=ctx.world,
            datastream__in={r.stream.pk for r in good},
            phenomenon_time__range=(min(times), max(times)),
        )
    }
    now, wall = ctx.now(), clock.real_now()
    fresh, changed, duplicates = [], [], 0
    for reading in good:
        before = known.get(reading.key)
        if before is None:
            fresh.append(reading)
        elif reading.value is None or before.result == reading.value:
            duplicates += 1
        else:
            changed.append((reading, before))
    Observation.objects.bulk_create(
        [
            Observation(
                datastream_id=r.stream.pk, world_id=ctx.world, phenomenon_time=r.time, result=r.value, received_at=now,
                recorded_at=wall, quality=Observation.Quality.MISSING if r.value is None else Observation.Quality.GOOD,
            )
            for r in fresh
        ],
        ignore_conflicts=True, batch_size=2000,
    )  # fmt: skip
    for reading, before in changed:
        Correction.objects.create(
            datastream_id=reading.stream.pk, world_id=ctx.world, phenomenon_time=reading.time, before=before.result,
            after=reading.value, at=now, by=ctx.actor.key,
        )  # fmt: skip
        Observation.objects.filter(pk=before.pk).update(
            result=reading.value, quality=Observation.Quality.CORRECTED, received_at=now, recorded_at=wall
        )
    return fresh, duplicates, [reading for reading, _before in changed]


def _keep_latest(ctx: Context, arrived: Sequence[Reading]) -> None:
    newest: dict[int, Reading] = {}
    for reading in arrived:
        before = newest.get(reading.stream.pk)
        if before is None or reading.time > before.time:
            newest[reading.stream.pk] = reading
    if not newest:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            f"""INSERT INTO {Latest._meta.db_table} (datastream_id, world_id, phenomenon_time, result)
                VALUES (%s, %s, %s, %s)
                ON CONFLICT (datastream_id, world_id) DO UPDATE
                SET phenomenon_time = excluded.phenomenon_time, result = excluded.result
                WHERE excluded.phenomenon_time >= {Latest._meta.db_table}.phenomenon_time""",
            [(pk, ctx.world, r.time, r.value) for pk, r in sorted(newest.items())],
        )


def _announce(ctx: Context, arrived: Sequence[Reading]) -> None:
    """One announcement per scope and period: whoever may see the stations gets the live notice, nobody else."""
    groups: dict[tuple[str, tuple[str, ...], int], list[Reading]] = defaultdict(list)
    for r in sorted(arrived, key=lambda r: (r.time, r.stream.thing_id)):
        thing = r.stream.thing
        groups[thing.scope, tuple(thing.shared_with), r.stream.period_s].append(r)
    batch = str(new_id())
    for (scope, shared, period), own in groups.items():
        for start in range(0, len(own), EVENT_ROWS):
            part = own[start : start + EVENT_ROWS]
            event = ObservationsArrived(
                batch=batch, first=part[0].time.isoformat(), last=part[-1].time.isoformat(), period_s=period,
                readings=[(r.stream.thing_id, r.stream.property, r.time.isoformat(), r.value) for r in part],
            )  # fmt: skip
            announce(ctx, event, scope=scope, shared_with=shared)


def _keep_rejected(ctx: Context, rows: Sequence[Any], rejected: Sequence[dict[str, Any]], source: str) -> None:
    home = ctx.paths(FEED)[0]
    now = ctx.now()
    kept = []
    for bad in rejected[:MAX_REJECTED_KEPT]:
        row = rows[bad["index"]]
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, default=str)[:2000]
        station = str(row.get("station") or "")[:80] if isinstance(row, Mapping) else ""
        kept.append(
            RejectedReading(
                station=station, given={"row": text}, reason=bad["reason"][:200], mend=bad["mend"][:200], scope=home,
                source=(source or ctx.actor.name)[:80], at=now, world_id=ctx.world,
            )
        )  # fmt: skip
    RejectedReading.everything.bulk_create(kept, batch_size=500)
