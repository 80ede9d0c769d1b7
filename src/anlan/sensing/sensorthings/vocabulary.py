"""Fixed words of the standard and of the code lists it names: units in UCUM, types of observations, encodings."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Concat

from anlan.sensing.properties import Property, properties

#: Of every datastream: a number with a unit.
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
GEOJSON = "application/geo+json"
#: How a sensor is described: in words.
PLAIN = "text/html"
_UCUM = "http://unitsofmeasure.org/ucum.html#para-"
#: Unit as it is stored: (name, symbol, UCUM code). The grade of the Beaufort scale has no UCUM code.
UNITS: dict[str, tuple[str, str, str | None]] = {
    "mm": ("millimetre", "mm", "mm"), "cm": ("centimetre", "cm", "cm"), "m": ("metre", "m", "m"), "km": ("kilometre", "km", "km"),
    "℃": ("degree Celsius", "°C", "Cel"), "°C": ("degree Celsius", "°C", "Cel"), "级": ("Beaufort grade", "级", None),
    "m/s": ("metre per second", "m/s", "m/s"), "m3/s": ("cubic metre per second", "m³/s", "m3/s"),
    "m³/s": ("cubic metre per second", "m³/s", "m3/s"), "hPa": ("hectopascal", "hPa", "hPa"), "%": ("percent", "%", "%"),
    "μg/m3": ("microgram per cubic metre", "μg/m³", "ug/m3"), "μg/m³": ("microgram per cubic metre", "μg/m³", "ug/m3"),
    "mg/L": ("milligram per litre", "mg/L", "mg/L"), "s": ("second", "s", "s"), "min": ("minute", "min", "min"),
    "h": ("hour", "h", "h"), "°": ("degree", "°", "deg"), "Pa": ("pascal", "Pa", "Pa"), "kPa": ("kilopascal", "kPa", "kPa"),
    "ppm": ("parts per million", "ppm", "[ppm]"), "V": ("volt", "V", "V"),
}  # fmt: skip


def unit_of(unit: str) -> dict[str, str | None]:
    """The unit as the standard writes it: ``{"name", "symbol", "definition"}``; all null when there is none or no UCUM code."""
    if not unit:
        return {"name": None, "symbol": None, "definition": None}
    name, symbol, code = UNITS.get(unit, (unit, unit, None))
    return {"name": name, "symbol": symbol, "definition": f"ucum:{code}" if code else None}


def stored_units(given: str) -> set[str]:
    """The units as they are stored that a symbol, a name or a UCUM code may stand for."""
    code = given.removeprefix("ucum:").removeprefix(_UCUM)
    return {unit for unit, (name, symbol, ucum) in UNITS.items() if given in (unit, name, symbol) or code == ucum} | {
        given
    }


def observed_properties() -> list[Property]:
    """What may be observed, without the aliases, in the order of their ids."""
    return sorted(set(properties().values()), key=lambda p: p.id)


def definition_of(property_id: str) -> str:
    return f"urn:anlan:property:{property_id}"


def words_of(one: Property) -> str:
    """What a property is, in a sentence."""
    what = f"每 {one.period_s} 秒的累计量，时间为时段终点" if one.period_s else "所记时刻的状态"
    return f"{one.zh}（{one.unit}），{what}" if one.unit else f"{one.zh}，{what}"


def property_case(column: str, say: Any) -> Case:
    """A text of the property that a column names, for the database."""
    return Case(
        *(When(**{column: one.id}, then=Value(say(one))) for one in observed_properties()),
        default=F(column), output_field=TextField(),
    )  # fmt: skip


def unit_case(column: str, part: str) -> Case:
    """A part of the unit that a column names, for the database."""
    whens = [When(**{column: unit}, then=Value(unit_of(unit)[part])) for unit in UNITS]
    return Case(
        *whens,
        When(**{column: ""}, then=Value(None)),
        default=None if part == "definition" else F(column),
        output_field=TextField(),
    )


def stream_name(thing: str, property_id: str) -> str:
    one = properties().get(property_id)
    return f"{thing} {one.zh if one else property_id}"


def stream_name_expression(prefix: str) -> Any:
    return Concat(
        F(f"{prefix}thing__name"),
        Value(" "),
        property_case(f"{prefix}property", lambda p: p.zh),
        output_field=TextField(),
    )
