"""Entities as the standard writes them: ids, links, properties, what was expanded into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.sensing.models import Datastream, HistoricalLocation, Thing
from anlan.sensing.properties import Property
from anlan.sensing.store import moment

from .addresses import Key, written_key
from .entities import ENTITIES, Entity
from .finding import bound, key_over, linked
from .options import Options
from .readings import Observed, Page
from .vocabulary import GEOJSON, MEASUREMENT, PLAIN, definition_of, stream_name, unit_of, words_of
from .vocabulary import observed_properties as _known

COMPONENTS = ("id", "phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters")


class Renderer:
    """Writes rows for one request. `root` is the address of the API without a stroke at its end."""

    def __init__(self, ctx: Context, root: str) -> None:
        self.ctx, self.root = ctx, root

    def link_to(self, entity: Entity, row: Any) -> str:
        return f"{self.root}/{entity.set}({quote(written_key(key_of(entity, row)), safe=chr(39))})"

    def rows(self, entity: Entity, rows: Sequence[Any], options: Options) -> list[dict[str, Any]]:
        """Rows of one set, with what is to be expanded into them."""
        check_names(entity, options)
        expanded = {name: linked(self.ctx, entity, name, rows, inner) for name, inner in options.expand}
        inside = {
            name: self.inside(entity, name, inner, expanded[name]) for name, inner in options.expand
        }  # fmt: skip
        return [self.one(entity, row, options, expanded, inside) for row in rows]

    def inside(
        self, entity: Entity, name: str, inner: Options, pages: dict[Any, Page]
    ) -> dict[Any, list[dict[str, Any]]]:
        """The expanded rows, written once for all parents."""
        target = ENTITIES[entity.links[name].target]
        flat = [row for page in pages.values() for row in page.rows]
        written = iter(self.rows(target, flat, inner))
        return {key: [next(written) for _row in page.rows] for key, page in pages.items()}

    def one(
        self, entity: Entity, row: Any, options: Options, expanded: dict[str, dict[Any, Page]],
        inside: dict[str, dict[Any, list[dict[str, Any]]]],
    ) -> dict[str, Any]:  # fmt: skip
        selected = set(options.select)
        own = self.link_to(entity, row)
        found: dict[str, Any] = {}
        if not selected or selected & {"id", "@iot.id"}:
            found["@iot.id"] = key_of(entity, row)
        if not selected or "@iot.selfLink" in selected:
            found["@iot.selfLink"] = own
        found |= {k: v for k, v in _WRITTEN[entity.set](row).items() if not selected or k in selected}
        for name, link in entity.links.items():
            if name not in expanded:
                if not selected or name in selected:
                    found[f"{name}@iot.navigationLink"] = f"{own}/{name}"
                continue
            key = key_over(link, row)
            page = expanded[name].get(key, Page())
            rows = inside[name].get(key, [])
            if not link.many:
                found[name] = rows[0] if rows else None
                continue
            inner = dict(options.expand)[name]
            if inner.count:
                found[f"{name}@iot.count"] = page.count or 0
            found[name] = rows
            if page.more:
                found[f"{name}@iot.nextLink"] = next_link(f"{own}/{name}", inner, page)
        return found

    def collection(self, entity: Entity, page: Page, options: Options, address: str) -> dict[str, Any]:
        """The answer to a question for a set. `address`: where it was asked."""
        found: dict[str, Any] = {}
        if options.count:
            found["@iot.count"] = page.count or 0
        if page.more:
            found["@iot.nextLink"] = next_link(address, options, page)
        if options.table:
            return {**found, "value": self.tables(page.rows, options)}
        return {**found, "value": self.rows(entity, page.rows, options)}

    def tables(self, rows: Sequence[Observed], options: Options) -> list[dict[str, Any]]:
        """Observations as tables, one for each datastream."""
        check_names(ENTITIES["Observations"], options)
        names = [
            "id" if name == "@iot.id" else name for name in options.select if name in (*COMPONENTS, "@iot.id")
        ] or list(COMPONENTS)
        by_stream: dict[int, list[list[Any]]] = {}
        for row in rows:
            said = {"id": row.pk, **_observation(row)}
            by_stream.setdefault(row.stream, []).append([said[name] for name in names])
        return [
            {
                "Datastream@iot.navigationLink": f"{self.root}/Datastreams({stream})", "components": names,
                "dataArray@iot.count": len(table), "dataArray": table,
            }
            for stream, table in by_stream.items()
        ]  # fmt: skip


def check_names(entity: Entity, options: Options) -> None:
    """Refuse names that the entity does not have, in ``$select`` and ``$expand``."""
    known = {"id", "@iot.id", "@iot.selfLink", *entity.properties, *entity.links}
    for field, names in (("$select", options.select), ("$expand", [name for name, _inner in options.expand])):
        for name in names:
            if name not in (known if field == "$select" else entity.links):
                raise BadInput(
                    _("%(entity)s 没有“%(name)s”") % {"entity": entity.set, "name": name[:60]},
                    mend=_("可用的名称：%(names)s") % {"names": "、".join(entity.links if field == "$expand" else sorted(known))},
                    field=field,
                )  # fmt: skip


def key_of(entity: Entity, row: Any) -> Key:
    """The id of a row."""
    return row.id if isinstance(row, Property) else row.pk  # type: ignore[no-any-return]  # a code or a number


def next_link(address: str, options: Options, page: Page) -> str:
    """Where the next rows are: after the last one where that can be said, otherwise by their number."""
    kept = [(k, v) for k, v in options.written if k not in ("$skip", "$skiptoken")]
    after = ("$skiptoken", page.after) if page.after else ("$skip", str(options.skip + bound(options)))
    return f"{address}?{urlencode([*kept, after], quote_via=quote, safe='$(),;/' + chr(39))}"


def written_time(at: datetime) -> str:
    """In UTC, with as many digits behind the second as it has."""
    text = at.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{at.microsecond:06d}".rstrip("0") + "Z" if at.microsecond else f"{text}Z"


def _utc(us: int) -> str:
    return written_time(moment(us))


def _point(position: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [position.x, position.y]}


def _thing(row: Thing) -> dict[str, Any]:
    own = {
        "kind": row.kind, "region": row.scope.rstrip("/").rsplit("/", 1)[-1], "sample": row.sample, "county": row.county,
        "accuracy_m": row.accuracy_m, "registered_as": row.registered_as,
    }  # fmt: skip
    said = {name: value for name, value in own.items() if value not in ("", None)}
    return {"name": row.name, "description": row.description or row.name, "properties": {**row.properties, **said}}


def _location(row: HistoricalLocation) -> dict[str, Any]:
    return {
        "name": row.thing.name, "description": row.thing.county, "encodingType": GEOJSON, "location": _point(row.position),
    }  # fmt: skip


def _historical(row: HistoricalLocation) -> dict[str, Any]:
    return {"time": written_time(row.time)}


def _datastream(row: Datastream) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": stream_name(row.thing.name, row.property), "description": _described(row.property), "observationType": MEASUREMENT,
        "unitOfMeasurement": unit_of(row.unit),
    }  # fmt: skip
    if row.thing.position is not None:
        said["observedArea"] = _point(row.thing.position)
    return said | {
        "properties": {
            "property": row.property, "least": row.least, "most": row.most, "interval_s": row.interval_s, "period_s": row.period_s,
            "standing": row.standing,
        }
    }  # fmt: skip


def _described(property_id: str) -> str:
    return next((words_of(one) for one in _known() if one.id == property_id), property_id)


def _sensor(row: Datastream) -> dict[str, Any]:
    name = row.sensor_name or stream_name(row.thing.name, row.property)
    found: dict[str, Any] = {"name": name, "description": name, "encodingType": PLAIN, "metadata": row.sensor_metadata}
    kept = {
        "calibration": row.calibration,
        "calibrated_on": row.calibrated_on.isoformat() if row.calibrated_on else None,
    }
    said = {k: v for k, v in kept.items() if v}
    return found | ({"properties": said} if said else {})


def _observed_property(row: Property) -> dict[str, Any]:
    return {
        "name": row.zh, "definition": definition_of(row.id), "description": words_of(row),
        "properties": {"unit": row.unit, "least": row.least, "most": row.most, "period_s": row.period_s},
    }  # fmt: skip


def _feature(row: Thing) -> dict[str, Any]:
    placed = row.position is not None
    # A feature whose place nobody knows is a feature without geometry.
    feature = _point(row.position) if placed else {"type": "Feature", "geometry": None, "properties": {"code": row.pk}}
    return {"name": row.name, "description": row.county, "encodingType": GEOJSON, "feature": feature}


def _observation(row: Observed) -> dict[str, Any]:
    end = _utc(row.time_us)
    return {
        "phenomenonTime": f"{_utc(row.time_us - row.period_s * 1_000_000)}/{end}" if row.period_s else end, "resultTime": end,
        "result": row.value, "resultQuality": row.quality, "validTime": None, "parameters": {"receivedTime": _utc(row.received_us)},
    }  # fmt: skip


_WRITTEN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "Things": _thing, "Locations": _location, "HistoricalLocations": _historical, "Datastreams": _datastream, "Sensors": _sensor,
    "ObservedProperties": _observed_property, "FeaturesOfInterest": _feature, "Observations": _observation,
}  # fmt: skip


def properties_of(entity: Entity, row: Any) -> dict[str, Any]:
    """The properties of a row without links, as they are written."""
    return _WRITTEN[entity.set](row)


def as_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)
