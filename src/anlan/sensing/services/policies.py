"""What is decided about stations and readings: who reports for which, how they are calibrated, how long they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed, NotFound
from anlan.kernel.texts import whole

from ..models import Datastream, Feeder, Retention, Thing
from ..properties import properties as known_properties
from ..retention import LEAST_DAYS
from ..roll import forget_roll
from .reality import demand_reality
from .registering import CHANGE

FACTORS = (1e-6, 1e6)


@transaction.atomic
def bind_feeder(ctx: Context, *, key: str, stations: Sequence[str]) -> list[str]:
    """Who bears `key` (``person:…``, ``post:…``, ``org:…``) may report for these stations and no other; none lifts the bond.

    Returns the stations. Raises NotFound for a station that the actor does not see.
    """
    demand_reality(ctx)
    things = [Thing.objects.get_visible(ctx, pk=code) for code in dict.fromkeys(stations)]
    before = list(Feeder.objects.filter(key=key).select_related("thing"))
    for thing in [*things, *(f.thing for f in before)]:
        ctx.require(CHANGE, thing.scope)
    Feeder.objects.filter(key=key).delete()
    Feeder.objects.bulk_create([Feeder(key=key, thing=thing) for thing in things])
    codes = [thing.pk for thing in things]
    auditing.record(
        ctx, action="sensing.feeder.bind", label=gettext_lazy("限定报数测站"), object_type="sensing.feeder", object_id=key,
        scope=things[0].scope if things else (before[0].thing.scope if before else ""), data={"stations": codes},
    )  # fmt: skip
    return codes


@transaction.atomic
def calibrate(
    ctx: Context, *, station: str, property: str, since: date, factor: float = 1.0, offset: float = 0.0, note: str = ""
) -> Datastream:
    """From `since` (midnight UTC) what the instrument says is stored as ``value * factor + offset``. Readings stored before stay.

    The same day again replaces the entry. Raises BadInput for a factor that is no scale, NotFound for an unknown datastream.
    """
    if not FACTORS[0] <= abs(factor) <= FACTORS[1] or not abs(offset) <= 1e9:
        raise BadInput(_("校准系数 %(f)g、偏移 %(o)g 不可用") % {"f": factor, "o": offset}, mend=_("请核对校准证书"))
    stream = _stream(ctx, station, property)
    entry = {
        "from": since.isoformat(),
        "factor": factor,
        "offset": offset,
        "by": ctx.actor.name,
        "note": whole(note, 200, "note"),
    }
    kept = [e for e in stream.calibration if e["from"] != entry["from"]]
    stream.calibration = sorted([*kept, entry], key=lambda e: e["from"])
    stream.calibrated_on = max(since, stream.calibrated_on or since)
    stream.save(update_fields=["calibration", "calibrated_on"])
    forget_roll()
    auditing.record(
        ctx, action="sensing.datastream.calibrate", label=gettext_lazy("校准仪器"), object_type="sensing.thing", object_id=station,
        scope=stream.thing.scope, data={"property": stream.property, **entry},
    )  # fmt: skip
    return stream


@transaction.atomic
def set_standing(ctx: Context, *, station: str, property: str, standing: str, note: str = "") -> Datastream:
    """Say whether the readings of a datastream are trusted, doubtful, or made while it is being maintained."""
    if standing not in Datastream.Standing.values:
        raise BadInput(_("没有“%(name)s”这种状态") % {"name": standing[:20]}, field="standing")
    stream = _stream(ctx, station, property)
    stream.standing, stream.standing_note = standing, whole(note, 200, "note")
    stream.save(update_fields=["standing", "standing_note"])
    auditing.record(
        ctx, action="sensing.datastream.standing", label=gettext_lazy("标记观测质量"), object_type="sensing.thing", object_id=station,
        scope=stream.thing.scope, data={"property": stream.property, "standing": standing, "note": whole(note, 200, "note")},
    )  # fmt: skip
    return stream


@transaction.atomic
def set_retention(ctx: Context, *, property: str, raw_days: int | None, reason: str) -> Retention:
    """Keep single readings of a property for so many days (None: for ever); their hours stay. What is thinned out stays so."""
    demand_reality(ctx)
    known = known_properties().get(property)
    if known is None:
        raise BadInput(_("没有“%(name)s”这种观测量") % {"name": property[:40]}, field="property")
    # It concerns every station that measures the property: whoever decides has to answer for all of them.
    for scope in set(Thing.everything.filter(datastreams__property=known.id).values_list("scope", flat=True)):
        ctx.require(CHANGE, scope)
    if not ctx.paths(CHANGE):
        raise NotAllowed(permission=CHANGE)
    if raw_days is not None and raw_days < LEAST_DAYS:
        raise BadInput(_("逐条读数至少保存 31 天"), mend=_("判据的时间窗长达 30 天"), field="raw_days")
    row, _created = Retention.objects.update_or_create(
        pk=known.id, defaults={"raw_days": raw_days, "reason": whole(reason, 200, "reason"), "chosen": True}
    )
    auditing.record(
        ctx, action="sensing.retention.set", label=gettext_lazy("设定读数保存期"), object_type="sensing.retention", object_id=known.id,
        scope="", data={"raw_days": raw_days, "reason": reason[:200]},
    )  # fmt: skip
    return row


def _stream(ctx: Context, station: str, property: str) -> Datastream:
    demand_reality(ctx)
    thing = Thing.objects.get_visible(ctx, pk=station)
    ctx.require(CHANGE, thing.scope)
    known = known_properties().get(property)
    rows = Datastream.objects.select_for_update(of=("self",)).select_related("thing")
    stream = rows.filter(thing=thing, property=known.id if known else property).first()
    if stream is None:
        raise NotFound()
    return stream
