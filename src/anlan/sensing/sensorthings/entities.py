"""The entity sets of the standard: which rows stand behind each, how they are linked, how their properties are reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FloatField, QuerySet, TextField, Value
from django.db.models.expressions import Func
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast, Coalesce, NullIf

from anlan.kernel.context import Context
from anlan.sensing.models import Datastream, HistoricalLocation, Thing

from .vocabulary import (
    GEOJSON,
    MEASUREMENT,
    PLAIN,
    definition_of,
    property_case,
    stream_name_expression,
    unit_case,
    words_of,
)  # fmt: skip

#: An expression of the database and its kind.
Expression = tuple[Any, str]


@dataclass(frozen=True, slots=True)
class Link:
    """From one entity to another. `own` of this row equals `theirs` of the target's; `prefix` leads to the one target row."""

    target: str
    many: bool
    own: str
    theirs: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity set. `rows` None: kept elsewhere than in a table. `reach`: the expression of a path of properties."""

    set: str
    name: str
    properties: tuple[str, ...]
    links: dict[str, Link]
    rows: Callable[[Context], QuerySet[Any]] | None
    reach: Callable[[str, Sequence[str]], Expression | None]

    def expression(self, prefix: str, parts: Sequence[str]) -> Expression | None:
        """The expression of a property over a prefix, None when there is none of that name."""
        head = "id" if parts[0] in ("id", "@iot.id") else parts[0]
        return self.reach(prefix, (head, *parts[1:]))


def things(ctx: Context) -> QuerySet[Thing]:
    """Visible things that are in use."""
    return Thing.objects.visible_to(ctx).filter(retired=False)


def _datastreams(ctx: Context) -> QuerySet[Datastream]:
    return Datastream.objects.filter(thing__in=things(ctx)).select_related("thing")


def _locations(ctx: Context) -> QuerySet[HistoricalLocation]:
    return HistoricalLocation.objects.filter(thing__in=things(ctx)).select_related("thing")


def _simple(prefix: str, parts: Sequence[str], known: dict[str, Expression]) -> Expression | None:
    return known.get("/".join(parts))


def _free(column: str, parts: Sequence[str], known: dict[str, Expression]) -> Expression:
    """A property of free form: one that we keep in a column of its own, or a key of what was given."""
    if len(parts) == 1 and parts[0] in known:
        return known[parts[0]]
    found: Any = F(column)
    for part in parts:
        found = KeyTransform(part, found)
    return found, "json"


def _region(prefix: str) -> Any:
    return Func(F(f"{prefix}scope"), Value("([^/]+)/$"), function="substring", output_field=TextField())


def _number(column: str) -> Expression:
    return Cast(F(column), FloatField()), "number"


def _thing(prefix: str, parts: Sequence[str]) -> Expression | None:
    if parts[0] == "properties" and len(parts) > 1:
        known: dict[str, Expression] = {
            "kind": (F(f"{prefix}kind"), "text"), "county": (F(f"{prefix}county"), "text"), "sample": (F(f"{prefix}sample"), "truth"),
            "region": (_region(prefix), "text"), "accuracy_m": _number(f"{prefix}accuracy_m"),
            "registered_as": (F(f"{prefix}registered_as"), "text"),
        }  # fmt: skip
        return _free(f"{prefix}properties", parts[1:], known)
    described = Coalesce(NullIf(F(f"{prefix}description"), Value("")), F(f"{prefix}name"), output_field=TextField())
    return _simple(prefix, parts, {
        "id": (F(f"{prefix}code"), "text"), "name": (F(f"{prefix}name"), "text"), "description": (described, "text"),
        "properties": (F(f"{prefix}properties"), "object"),
    })  # fmt: skip


def _location(prefix: str, parts: Sequence[str]) -> Expression | None:
    return _simple(prefix, parts, {
        "id": _number(f"{prefix}id"), "name": (F(f"{prefix}thing__name"), "text"),
        "description": (F(f"{prefix}thing__county"), "text"), "encodingType": (Value(GEOJSON, TextField()), "text"),
        "location": (F(f"{prefix}position"), "shape"),
    })  # fmt: skip


def _historical(prefix: str, parts: Sequence[str]) -> Expression | None:
    return _simple(prefix, parts, {"id": _number(f"{prefix}id"), "time": (F(f"{prefix}time"), "time")})


def _sensor(prefix: str, parts: Sequence[str]) -> Expression | None:
    named = Coalesce(
        NullIf(F(f"{prefix}sensor_name"), Value("")), stream_name_expression(prefix), output_field=TextField()
    )
    if parts[0] == "properties" and len(parts) > 1:
        return {"calibrated_on": (Cast(F(f"{prefix}calibrated_on"), TextField()), "text")}.get("/".join(parts[1:]))
    return _simple(prefix, parts, {
        "id": _number(f"{prefix}id"), "name": (named, "text"), "description": (named, "text"),
        "encodingType": (Value(PLAIN, TextField()), "text"), "metadata": (F(f"{prefix}sensor_metadata"), "text"),
    })  # fmt: skip


def _datastream(prefix: str, parts: Sequence[str]) -> Expression | None:
    known: dict[str, Expression] = {
        "id": _number(f"{prefix}id"), "name": (stream_name_expression(prefix), "text"),
        "description": (property_case(f"{prefix}property", words_of), "text"),
        "observationType": (Value(MEASUREMENT, TextField()), "text"), "observedArea": (F(f"{prefix}thing__position"), "shape"),
        "properties/standing": (F(f"{prefix}standing"), "text"), "properties/property": (F(f"{prefix}property"), "text"),
    }  # fmt: skip
    if parts[0] == "unitOfMeasurement" and len(parts) == 2 and parts[1] in ("name", "symbol", "definition"):
        return unit_case(f"{prefix}unit", parts[1]), "text"
    if parts[0] == "properties" and len(parts) == 2 and parts[1] in ("least", "most", "interval_s", "period_s"):
        return _number(f"{prefix}{parts[1]}")
    return _simple(prefix, parts, known)


def _observed(prefix: str, parts: Sequence[str]) -> Expression | None:
    """The property that a datastream's column names."""
    column = f"{prefix}property"
    return _simple(prefix, parts, {
        "id": (F(column), "text"), "name": (property_case(column, lambda p: p.zh), "text"),
        "definition": (property_case(column, lambda p: definition_of(p.id)), "text"),
        "description": (property_case(column, words_of), "text"),
    })  # fmt: skip


def _feature(prefix: str, parts: Sequence[str]) -> Expression | None:
    return _simple(prefix, parts, {
        "id": (F(f"{prefix}code"), "text"), "name": (F(f"{prefix}name"), "text"), "description": (F(f"{prefix}county"), "text"),
        "encodingType": (Value(GEOJSON, TextField()), "text"), "feature": (F(f"{prefix}position"), "shape"),
    })  # fmt: skip


def _nowhere(_prefix: str, _parts: Sequence[str]) -> Expression | None:
    return None


_FULL = ("name", "description")
ENTITIES: dict[str, Entity] = {
    one.set: one
    for one in (
        Entity("Things", "Thing", (*_FULL, "properties"), {
            "Locations": Link("Locations", True, "pk", "current_of"),
            "HistoricalLocations": Link("HistoricalLocations", True, "pk", "thing_id"),
            "Datastreams": Link("Datastreams", True, "pk", "thing_id"),
        }, things, _thing),
        Entity("Locations", "Location", (*_FULL, "encodingType", "location"), {
            "Things": Link("Things", True, "current_of_id", "pk"),
            "HistoricalLocations": Link("HistoricalLocations", True, "pk", "pk"),
        }, _locations, _location),
        Entity("HistoricalLocations", "HistoricalLocation", ("time",), {
            "Thing": Link("Things", False, "thing_id", "pk", "thing__"),
            "Locations": Link("Locations", True, "pk", "pk"),
        }, _locations, _historical),
        Entity("Datastreams", "Datastream", (
            *_FULL, "observationType", "unitOfMeasurement", "observedArea", "phenomenonTime", "resultTime", "properties",
        ), {
            "Thing": Link("Things", False, "thing_id", "pk", "thing__"),
            "Sensor": Link("Sensors", False, "pk", "pk"),
            "ObservedProperty": Link("ObservedProperties", False, "property", "id"),
            "Observations": Link("Observations", True, "pk", ""),
        }, _datastreams, _datastream),
        Entity("Sensors", "Sensor", (*_FULL, "encodingType", "metadata", "properties"), {
            "Datastreams": Link("Datastreams", True, "pk", "pk"),
        }, _datastreams, _sensor),
        Entity("ObservedProperties", "ObservedProperty", (*_FULL, "definition", "properties"), {
            "Datastreams": Link("Datastreams", True, "id", "property"),
        }, None, _observed),
        Entity("FeaturesOfInterest", "FeatureOfInterest", (*_FULL, "encodingType", "feature"), {
            "Observations": Link("Observations", True, "pk", ""),
        }, things, _feature),
        Entity("Observations", "Observation", (
            "phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters",
        ), {
            "Datastream": Link("Datastreams", False, "stream", "pk"),
            "FeatureOfInterest": Link("FeaturesOfInterest", False, "thing", "pk", "thing__"),
        }, None, _nowhere),
    )
}  # fmt: skip
