"""POST, PATCH and DELETE: each finds what it concerns, calls one service of sensing and says where the result stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, Refused
from anlan.kernel.ids import new_id
from anlan.places.queries import region_at
from anlan.sensing.models import Datastream, Thing
from anlan.sensing.services import CHANGE, register_station
from anlan.sensing.services.describing import add_datastream, describe_datastream, describe_station, retire_station

from . import bodies
from .addresses import read_address, written_key
from .answering import Place, walk
from .entities import ENTITIES
from .options import Options
from .posting import Sent, correct, post_one, post_tables
from .rendering import Renderer, key_of, properties_of

#: Names of a thing's properties that are fields of their own.
_OWN = ("kind", "region", "county", "accuracy_m", "code", "sample", "registered_as")
#: How often a datastream reports, and over how long an amount adds up.
_TIMES = ("interval_s", "period_s")


@dataclass(frozen=True, slots=True)
class Done:
    """What is answered. `content` None: nothing."""

    status: int
    content: Any = None
    location: str = ""


class TooLarge(Refused):
    status = 413
    code = "too_large"


class NotOffered(Refused):
    """A change that this API does not make."""

    status = 405
    code = "not_offered"


def write(ctx: Context, root: str, method: str, text: str, body: Any, *, reasons: bool = False) -> Done:
    """Carry out a change. `reasons`: refused rows of a table are answered with why. Raises the refusals of the services."""
    if method == "POST" and text == "CreateObservations":
        return _create_observations(ctx, root, body, reasons)
    address = read_address(text)
    if address.reference or address.value:
        raise NotOffered(_("关系和单个属性不能直接改"), mend=_("请 PATCH 整个对象"))
    place = walk(ctx, address)
    if method == "POST":
        if place.row is not None or place.rest:
            raise NotOffered(_("这里不能新增"), mend=_("请 POST 到集合，例如 /Things"))
        with transaction.atomic():
            return _create(ctx, root, place, body)
    if place.row is None or place.rest:
        raise NotOffered(_("这里不能用 %(method)s") % {"method": method}, mend=_("请写明是哪一个，例如 Things('编号')"))
    with transaction.atomic():
        return _delete(ctx, place) if method == "DELETE" else _change(ctx, root, place, body)


def _created(ctx: Context, root: str, set_: str, row: Any, status: int = 201) -> Done:
    """The new entity as it reads now."""
    renderer, entity = Renderer(ctx, root), ENTITIES[set_]
    return Done(status, renderer.rows(entity, [row], Options())[0], renderer.link_to(entity, row))


def _create_observations(ctx: Context, root: str, body: Any, reasons: bool) -> Done:
    said: list[Any] = []
    for one in post_tables(ctx, body):
        if isinstance(one, Sent):
            said.append(f"{root}/Observations({written_key(one.key)})")
        else:
            said.append({"error": {"message": one.message, "mend": one.mend}} if reasons else "error")
    return Done(201, said)


def _create(ctx: Context, root: str, place: Place, body: Any) -> Done:
    set_, parent = place.entity.set, place.key
    if set_ == "Observations":
        stream = None
        if place.link is not None:
            stream = (
                Datastream.objects.select_related("thing").filter(pk=parent).first()
                if isinstance(parent, int)
                else None
            )
        return _created(ctx, root, set_, post_one(ctx, body, stream))
    if set_ == "Things" and place.link is None:
        return _created(ctx, root, set_, _create_thing(ctx, bodies.record(body)))
    if set_ == "Datastreams" and (place.link is None or isinstance(parent, str)):
        return _created(ctx, root, set_, _create_datastream(ctx, bodies.record(body), parent if place.link else None))
    if set_ == "Locations" and place.link is not None and isinstance(parent, str):
        thing = describe_station(ctx, code=parent, position=bodies.point(bodies.record(body)))
        return _created(ctx, root, set_, thing.location)
    why = {
        "Sensors": _("请在 Datastreams 里连同 Sensor 一起登记"), "Locations": _("请 POST 到 Things('编号')/Locations"),
        "HistoricalLocations": _("改变 Things 的位置时自动留下"),
        "ObservedProperties": _("观测量由平台统一规定，清单见 ObservedProperties"),
        "FeaturesOfInterest": _("观测对象就是测站本身，登记 Things 时自动产生"),
    }.get(set_, _("请 POST 到 /%(set)s") % {"set": set_})  # fmt: skip
    raise NotOffered(_("不能在这里新增 %(set)s") % {"set": set_}, mend=why)


def _create_thing(ctx: Context, body: dict[str, Any]) -> Thing:
    bodies.only(body, {"name", "description", "properties", "Locations", "Datastreams", "id"}, "Things")
    given = bodies.free_properties(body) or {}
    code = _code(ctx, body, given)
    position = bodies.location_in(body)
    own = {name: given.get(name) for name in _OWN}
    for name in ("kind", "county"):
        bodies.text(own, name, 20 if name == "kind" else 80)
    accuracy = own["accuracy_m"]
    if accuracy is not None and (
        isinstance(accuracy, bool) or not isinstance(accuracy, int) or not 0 <= accuracy < 2**31
    ):
        raise BadInput(_("位置误差 accuracy_m 要写整数米"), mend=_("例如 50"), field="properties")
    register_station(
        ctx, code=code, name=bodies.text(body, "name", 120, needed=True) or "", region=_region(ctx, own["region"]), properties=[],
        lon=position.x if position else None, lat=position.y if position else None, accuracy_m=accuracy,
        county=own["county"] or "", kind=own["kind"] or "rain",
    )  # fmt: skip
    free = {k: v for k, v in given.items() if k not in _OWN}
    thing = describe_station(ctx, code=code, description=bodies.text(body, "description", 500) or "", properties=free)
    streams = body.get("Datastreams") or []
    if not isinstance(streams, list):
        raise BadInput(_("Datastreams 要写成数组"), mend=_("请写成 [{…}]"), field="Datastreams")
    for one in streams:
        _create_datastream(ctx, bodies.record(one, "Datastreams"), code)
    return thing


def _code(ctx: Context, body: dict[str, Any], given: dict[str, Any]) -> str:
    """The code of a new thing: as it is given, otherwise a new one."""
    code = body.get("@iot.id", given.get("code"))
    if code is None:
        return f"sta-{new_id().hex[:16]}"
    code = bodies.text({"@iot.id": str(code) if isinstance(code, int) else code}, "@iot.id", 60, needed=True) or ""
    before = Thing.objects.unscoped("a code is taken whoever asks").filter(pk=code).first()
    if before is not None and not (before.retired and not before.registered_as and ctx.may(CHANGE, before.scope)):
        raise Conflict(
            _("编号“%(code)s”已被占用") % {"code": code}, mend=_("请换一个编号，或修改原有的测站"), field="@iot.id"
        )
    return code


def _region(ctx: Context, given: Any) -> str:
    """The division of a new thing: as it is given, otherwise the one place where the actor may enter things."""
    if given is not None:
        return str(given)[:12]
    paths = ctx.paths(CHANGE)
    home = region_at(paths[0]) if len(paths) == 1 and paths[0] else None
    if home is None:
        raise BadInput(
            _("没有说明测站属于哪个行政区"), mend=_('请在 properties 里写 region，例如 "110107"'), field="properties"
        )
    return str(home.code)


def _create_datastream(ctx: Context, body: dict[str, Any], code: str | None) -> Datastream:
    known = {
        "name", "description", "observationType", "unitOfMeasurement", "observedArea", "properties", "Thing", "Sensor",
        "ObservedProperty", "Observations", "phenomenonTime", "resultTime", "id",
    }  # fmt: skip
    bodies.only(body, known, "Datastreams")
    if code is None:
        thing = bodies.record(body.get("Thing"), "Thing")
        if "@iot.id" in thing:
            code = str(thing["@iot.id"])
        else:
            code = _create_thing(ctx, {k: v for k, v in thing.items() if k != "Datastreams"}).pk
    one = bodies.observed_property(body.get("ObservedProperty"))
    bodies.check_unit(body, one)
    name, metadata = bodies.sensor_in(body)
    stream = add_datastream(
        ctx,
        code=code,
        property=one.id,
        interval_s=bodies.interval_in(body) or 3600,
        period_s=bodies.period_in(body),
        sensor_name=name or "",
        sensor_metadata=metadata or "",
    )
    stream = Datastream.objects.select_related("thing").get(pk=stream.pk)
    observations = body.get("Observations") or []
    if not isinstance(observations, list):
        raise BadInput(_("Observations 要写成数组"), mend=_("请写成 [{…}]"), field="Observations")
    for sent in observations:
        post_one(ctx, sent, stream)
    return stream


def _change(ctx: Context, root: str, place: Place, body: Any) -> Done:
    entity, row = place.entity, place.row
    fields = bodies.merged(body, properties_of(entity, row))
    if entity.set == "Observations":
        return _created(ctx, root, entity.set, correct(ctx, row, fields), 200)
    if entity.set == "Things":
        return _created(ctx, root, entity.set, _change_thing(ctx, row, fields), 200)
    if entity.set == "Locations":
        bodies.only(fields, {"location", "encodingType"}, entity.set)
        if row.current_of_id is None:
            raise Conflict(_("过去的位置不能改"), mend=_("请修改测站现在的位置"))
        thing = describe_station(ctx, code=row.thing_id, position=bodies.point(fields))
        return _created(ctx, root, entity.set, thing.location, 200)
    if entity.set in ("Datastreams", "Sensors"):
        return _change_stream(ctx, root, place, fields)
    raise NotOffered(
        _("%(set)s 不能在这里改") % {"set": entity.set},
        mend=_("可以改的：Things、Locations、Datastreams、Sensors、Observations"),
    )


def _change_thing(ctx: Context, row: Thing, fields: dict[str, Any]) -> Thing:
    bodies.only(fields, {"name", "description", "properties", "Locations"}, "Things")
    given = bodies.free_properties(fields)
    if given is not None:
        said = properties_of(ENTITIES["Things"], row)["properties"]
        changed = [name for name in _OWN if name in given and given[name] != said.get(name)]
        if changed:
            raise BadInput(
                _("“%(name)s”不能在这里改") % {"name": changed[0]}, mend=_("请到基础库修改"), field="properties"
            )
        given = {k: v for k, v in given.items() if k not in _OWN}
    name = bodies.text(fields, "name", 120, needed=True) if "name" in fields else None
    return describe_station(
        ctx, code=row.pk, name=name, description=bodies.text(fields, "description", 500), properties=given,
        position=bodies.location_in(fields),
    )  # fmt: skip


def _change_stream(ctx: Context, root: str, place: Place, fields: dict[str, Any]) -> Done:
    if place.entity.set == "Sensors":
        bodies.only(fields, {"name", "metadata", "encodingType"}, "Sensors")
        name, metadata = bodies.sensor_in({"Sensor": fields})
        stream = describe_datastream(ctx, stream=place.row.pk, sensor_name=name, sensor_metadata=metadata)
    else:
        bodies.only(fields, {"properties", "Sensor"}, "Datastreams")
        said = properties_of(place.entity, place.row)["properties"]
        given = bodies.record(fields.get("properties") or {}, "properties")
        strange = [name for name, value in given.items() if name not in _TIMES and said.get(name) != value]
        if strange:
            raise BadInput(
                _("“%(name)s”不能在这里改") % {"name": str(strange[0])[:60]},
                mend=_("可以改的：interval_s、period_s"),
                field="properties",
            )
        name, metadata = bodies.sensor_in(fields)
        stream = describe_datastream(
            ctx, stream=place.row.pk, interval_s=bodies.interval_in(fields), period_s=_period_changed(said, fields), sensor_name=name,
            sensor_metadata=metadata,
        )  # fmt: skip
    return _created(ctx, root, place.entity.set, stream, 200)


def _period_changed(said: dict[str, Any], fields: dict[str, Any]) -> int | None:
    """The period where it is another one: a client that sends all properties back means to change what differs."""
    period = bodies.period_in(fields)
    return None if period == said.get("period_s") else period


def _delete(ctx: Context, place: Place) -> Done:
    if place.entity.set == "Things":
        retire_station(ctx, code=str(key_of(place.entity, place.row)), why=_("经 SensorThings 接口停用"))
        return Done(200)
    why = {
        "Observations": (_("读数不能删除"), _("数值有误请 PATCH result 订正，订正前的值会留下")),
        "Datastreams": (_("数据流不能单独删除，它的读数要留存"), _("整站不再观测时请 DELETE 它的 Thing")),
    }.get(
        place.entity.set,
        (_("%(set)s 不能在这里删除") % {"set": place.entity.set}, _("整站不再观测时请 DELETE 它的 Thing")),
    )
    raise NotOffered(why[0], mend=why[1])
