"""Bodies of requests, taken apart field by field: what is missing or of the wrong kind is refused with its name."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry, Point
from django.utils.translation import gettext as _

from anlan.kernel.errors import BadInput
from anlan.sensing.properties import Property, properties

from .vocabulary import definition_of, observed_properties, stored_units

MOST_FREE = 50


def record(body: Any, field: str = "") -> dict[str, Any]:
    """The body as a set of fields. Raises BadInput."""
    if not isinstance(body, dict):
        raise BadInput(_("这里要一组字段（JSON 对象）"), mend=_("请写成 {名称: 值, …}"), field=field)
    return body


def text(body: dict[str, Any], name: str, most: int, *, needed: bool = False) -> str | None:
    """A text field, None when it is absent. Raises BadInput."""
    given = body.get(name)
    if given is None and not needed:
        return None
    if not isinstance(given, str) or (needed and not given.strip()) or "\x00" in given:
        raise BadInput(_("缺少“%(name)s”，或它不是文字") % {"name": name}, mend=_("请写一段文字"), field=name)
    if len(given) > most:
        raise BadInput(
            _("“%(name)s”有 %(n)d 个字，最多 %(most)d 个") % {"name": name, "n": len(given), "most": most},
            mend=_("请缩短"),
            field=name,
        )
    return given.strip()


def only(body: dict[str, Any], known: set[str], what: str) -> None:
    """Refuse fields that would be lost in silence."""
    strange = [name for name in body if name not in known and "@" not in name]
    if strange:
        raise BadInput(
            _("%(what)s 的“%(name)s”不能在这里改") % {"what": what, "name": str(strange[0])[:60]},
            mend=_("可以改的：%(names)s") % {"names": "、".join(sorted(known))}, field=str(strange[0])[:60],
        )  # fmt: skip


def free_properties(body: dict[str, Any]) -> dict[str, Any] | None:
    """``properties`` of a thing. Raises BadInput for more than can be kept."""
    given = body.get("properties")
    if given is None:
        return None
    found = record(given, "properties")
    if len(found) > MOST_FREE or len(json.dumps(found, ensure_ascii=False)) > 20_000 or "\\u0000" in json.dumps(found):
        raise BadInput(
            _("properties 太大，最多 %(most)d 项、2 万字") % {"most": MOST_FREE}, mend=_("请精简"), field="properties"
        )
    return found


def point(body: dict[str, Any], name: str = "location") -> Point:
    """The point of a location, from GeoJSON (a geometry or a feature). Raises BadInput."""
    given = record(body.get(name), name)
    if given.get("type") == "Feature":
        given = record(given.get("geometry"), name)
    try:
        shape = GEOSGeometry(json.dumps(given), srid=4326)
    except (GEOSException, GDALException, ValueError, TypeError):
        shape = None
    if not isinstance(shape, Point) or shape.empty or not (-180 <= shape.x <= 180 and -90 <= shape.y <= 90):
        raise BadInput(
            _("位置要写成 GeoJSON 的点，先经度后纬度"),
            mend=_('请写成 {"type": "Point", "coordinates": [116.18, 39.91]} 的样子'), field=name,
        )  # fmt: skip
    return Point(shape.x, shape.y, srid=4326)


def location_in(body: dict[str, Any]) -> Point | None:
    """The one location of a thing that is entered or changed."""
    given = body.get("Locations")
    if given is None or given == []:
        return None
    if not isinstance(given, list) or len(given) != 1:
        raise BadInput(_("一个测站只有一个当前位置"), mend=_("Locations 里只写一项"), field="Locations")
    return point(record(given[0], "Locations"))


def observed_property(given: Any) -> Property:
    """What is to be observed: by its id, or by its name or definition. Raises BadInput; the list is kept by the platform."""
    body = record(given, "ObservedProperty")
    wanted = body.get("@iot.id", body.get("name"))
    for one in observed_properties():
        if wanted in (one.id, one.zh) or body.get("definition") == definition_of(one.id):
            return one
    alias = properties().get(wanted) if isinstance(wanted, str) else None
    if alias is not None:
        return alias
    raise BadInput(
        _("没有“%(name)s”这种观测量") % {"name": str(wanted)[:60]},
        mend=_("观测量由平台统一规定，清单见 ObservedProperties；请写 {\"@iot.id\": \"rain_mm\"} 的样子"), field="ObservedProperty",
    )  # fmt: skip


def check_unit(body: dict[str, Any], one: Property) -> None:
    """Refuse a unit that is not the property's: values would be wrong by a factor."""
    given = body.get("unitOfMeasurement")
    if given is None:
        return
    said = [v for v in record(given, "unitOfMeasurement").values() if isinstance(v, str) and v]
    if said and not any(one.unit in stored_units(v) for v in said):
        raise BadInput(
            _("%(what)s的单位是 %(unit)s，给的是 %(given)s") % {"what": one.zh, "unit": one.unit, "given": said[0][:20]},
            mend=_("请换算后再报，单位照 ObservedProperties 里写"), field="unitOfMeasurement",
        )  # fmt: skip


def sensor_in(body: dict[str, Any]) -> tuple[str | None, str | None]:
    """Name and metadata of the sensor of a datastream; None for what is not said. Raises BadInput for a mere link."""
    given = body.get("Sensor")
    if given is None:
        return None, None
    sensor = record(given, "Sensor")
    if "name" not in sensor and "metadata" not in sensor:
        raise BadInput(
            _("仪器随数据流登记，不能引用别的数据流的仪器"),
            mend=_("请在 Sensor 里直接写 name、encodingType 和 metadata"),
            field="Sensor",
        )
    metadata = sensor.get("metadata")
    if metadata is not None and not isinstance(metadata, str):
        sensor = {**sensor, "metadata": json.dumps(metadata, ensure_ascii=False)}
    return text(sensor, "name", 120), text(sensor, "metadata", 500)


def interval_in(body: dict[str, Any]) -> int | None:
    """Seconds between the readings of a datastream, when it is said."""
    return _seconds(body, "interval_s", _("观测间隔 interval_s 要写整数秒"))


def period_in(body: dict[str, Any]) -> int | None:
    """Seconds over which a reading of an amount adds up, when it is said."""
    return _seconds(body, "period_s", _("时段 period_s 要写整数秒"))


def _seconds(body: dict[str, Any], name: str, wrong: str) -> int | None:
    found = record(body.get("properties") or {}, "properties").get(name)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
        raise BadInput(wrong, mend=_("例如 3600"), field="properties")
    return found


def merged(body: Any, current: dict[str, Any]) -> dict[str, Any]:
    """The fields to change, from a plain body or from a JSON Patch (add and replace). Raises BadInput."""
    if not isinstance(body, list):
        return record(body)
    found: dict[str, Any] = {}
    for step in body:
        path = str(record(step).get("path", "")).strip("/").split("/")
        if step.get("op") not in ("add", "replace") or not 1 <= len(path) <= 2 or not path[0] or "value" not in step:
            raise BadInput(
                _("JSON Patch 只能用 add 和 replace，路径最多两段"), mend=_("也可以直接发要改的字段"), field="path"
            )
        if len(path) == 1:
            found[path[0]] = step["value"]
        else:
            inner = found.setdefault(path[0], dict(record(current.get(path[0]) or {}, path[0])))
            record(inner, path[0])[path[1]] = step["value"]
    return found
