"""What is known of a station and its instruments is put right; a station that measures no more is retired."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext_lazy

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.wording import words as _

from ..locating import keep_location
from ..models import Datastream, Thing
from ..properties import properties as known_properties
from ..roll import forget_roll
from .reality import demand_reality
from .registering import CHANGE, period_of

#: A reading is expected at least once in this many seconds.
LONGEST_INTERVAL_S = 400 * 86_400


@transaction.atomic
def describe_station(
    ctx: Context, *, code: str, name: str | None = None, description: str | None = None, properties: dict[str, Any] | None = None,
    position: Point | None = None,
) -> Thing:  # fmt: skip
    """Put right what is given (None: it stays). Raises NotFound, NotAllowed, and Conflict for what follows the base database."""
    thing = _to_change(ctx, code)
    changed: dict[str, Any] = {}
    for field, value in (
        ("name", name),
        ("description", description),
        ("properties", properties),
        ("position", position),
    ):
        if value is not None and getattr(thing, field) != value:
            changed[field] = value
    if thing.registered_as and changed.keys() & {"name", "position"}:
        raise Conflict(
            _("测站“%(name)s”的名称和位置跟随基础库") % {"name": thing.name}, mend=_("请到基础库修改，这里会自动跟上")
        )
    if not changed:
        return thing
    for field, value in changed.items():
        setattr(thing, field, value)
    thing.save(update_fields=list(changed))
    keep_location(thing)
    data = {k: [v.x, v.y] if k == "position" else v for k, v in changed.items()}
    auditing.record(
        ctx, action="sensing.station.describe", label=gettext_lazy("修改测站资料"), object_type="sensing.thing", object_id=code,
        scope=thing.scope, data=data,
    )  # fmt: skip
    return thing


@transaction.atomic
def add_datastream(
    ctx: Context, *, code: str, property: str, interval_s: int = 3600, sensor_name: str = "", sensor_metadata: str = "",
    period_s: int | None = None,
) -> Datastream:  # fmt: skip
    """A station measures one property more. Raises BadInput for one that nobody knows or a period that cannot be (`period_of`),
    Conflict when it measures it already."""
    thing = _to_change(ctx, code)
    known = known_properties().get(property)
    if known is None:
        raise BadInput(
            _("没有“%(name)s”这种观测量") % {"name": property[:60]},
            mend=_("可用的见 ObservedProperties"),
            field="ObservedProperty",
        )
    if Datastream.objects.filter(thing=thing, property=known.id).exists():
        raise Conflict(
            _("测站“%(name)s”已在测%(what)s") % {"name": thing.name, "what": known.zh}, mend=_("请直接使用原有的数据流")
        )
    stream: Datastream = Datastream.objects.create(
        thing=thing, property=known.id, unit=known.unit, least=known.least, most=known.most, interval_s=_interval(interval_s),
        period_s=period_of(known, interval_s, period_s), sensor_name=sensor_name, sensor_metadata=sensor_metadata,
    )  # fmt: skip
    forget_roll()
    auditing.record(
        ctx, action="sensing.datastream.add", label=gettext_lazy("增加观测量"), object_type="sensing.thing", object_id=code,
        scope=thing.scope, data={"property": known.id, "interval_s": interval_s, "sensor": sensor_name},
    )  # fmt: skip
    return stream


@transaction.atomic
def describe_datastream(
    ctx: Context,
    *,
    stream: int,
    interval_s: int | None = None,
    period_s: int | None = None,
    sensor_name: str | None = None,
    sensor_metadata: str | None = None,
) -> Datastream:
    """Put right how often a reading is expected, over how long it adds up, what instrument takes it (None: it stays).

    Raises NotFound, NotAllowed, BadInput for an interval or a period that cannot be.
    """
    found = Datastream.objects.select_for_update().select_related("thing").filter(pk=stream).first()
    if found is None:
        raise NotFound()
    _to_change(ctx, found.thing_id)
    changed: dict[str, Any] = {}
    every = found.interval_s if interval_s is None else _interval(interval_s)
    if interval_s is not None or period_s is not None:
        period_s = _period(found, every, period_s)
    wanted = (
        ("interval_s", None if interval_s is None else every),
        ("period_s", period_s),
        ("sensor_name", sensor_name),
        ("sensor_metadata", sensor_metadata),
    )
    for field, value in wanted:
        if value is not None and getattr(found, field) != value:
            changed[field] = value
            setattr(found, field, value)
    if changed:
        found.save(update_fields=list(changed))
        forget_roll()
        auditing.record(
            ctx, action="sensing.datastream.describe", label=gettext_lazy("修改观测量资料"), object_type="sensing.thing",
            object_id=found.thing_id, scope=found.thing.scope, data={"property": found.property, **changed},
        )  # fmt: skip
    return found


@transaction.atomic
def retire_station(ctx: Context, *, code: str, why: str) -> None:
    """A station measures no more: it is listed nowhere and takes no readings; those it has stay. Raises NotFound, NotAllowed, Conflict."""
    thing = _to_change(ctx, code)
    if thing.registered_as:
        raise Conflict(_("测站“%(name)s”跟随基础库") % {"name": thing.name}, mend=_("请到基础库停用，这里会自动跟上"))
    thing.retired = True
    thing.save(update_fields=["retired"])
    forget_roll()
    auditing.record(
        ctx, action="sensing.station.retire", label=gettext_lazy("停用测站"), object_type="sensing.thing", object_id=code,
        scope=thing.scope, data={"why": why},
    )  # fmt: skip


def _to_change(ctx: Context, code: str) -> Thing:
    demand_reality(ctx)
    thing = Thing.objects.visible_to(ctx).select_for_update().filter(pk=code, retired=False).first()
    if thing is None:
        raise NotFound()
    ctx.require(CHANGE, thing.scope)
    return thing


def _period(stream: Datastream, interval_s: int, asked: int | None) -> int:
    """The period that goes with an interval: as it is asked for, else as it is while readings do not come more often."""
    if asked is None and stream.period_s <= interval_s:
        return stream.period_s
    return period_of(known_properties()[stream.property], interval_s, asked)


def _interval(seconds: int) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= LONGEST_INTERVAL_S:
        raise BadInput(_("观测间隔要写 1 到 %(most)d 的整数秒") % {"most": LONGEST_INTERVAL_S}, field="interval_s")
    return seconds
