"""One line of a tired person at the telephone → fields, each with its words for correction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .callers import recognise_phone, recognise_source
from .kinds import recognise_kind
from .people import recognise_people
from .places import Gazetteer, Place, recognise_place
from .spans import MAX_LENGTH, Field, Mask, normalise
from .things import recognise_things
from .times import event_time

ORDER = (
    "time",
    "place",
    "kind",
    "dead",
    "injured",
    "seriously_injured",
    "missing",
    "trapped",
    "evacuated",
    "rescued",
    "cars",
    "houses",
    "water_depth_cm",
    "area_m2",
    "source",
    "phone",
    "report_time",
)


@dataclass(frozen=True, slots=True)
class Intake:
    """``fields`` by name in a fixed order; ``unknown`` names those without a value; ``doubts`` are for the officer."""

    text: str
    fields: dict[str, Field]
    unknown: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    def value(self, name: str) -> object:
        return self.fields[name].value

    def as_dict(self) -> dict[str, object]:
        return {
            "fields": {name: field.as_dict() for name, field in self.fields.items()},
            "unknown": list(self.unknown),
            "doubts": list(self.doubts),
        }


def parse_report(text: str, now: datetime, gazetteer: Gazetteer | Iterable[Place | Sequence[object]] = ()) -> Intake:
    """Recognise ``text`` as reported at ``now`` (aware).

    ``gazetteer``: a ``Gazetteer`` built once, or rows (name, aliases, code, level, lon, lat). Any text gives an answer;
    what is longer than 4,000 characters is cut and said. Raises ``ValueError`` only when ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    if not isinstance(gazetteer, Gazetteer):
        gazetteer = Gazetteer(gazetteer)
    plain = normalise(text)
    mask = Mask(plain)
    if standard_time := re.search("北京时间", plain):
        # a clock, not a place
        mask.add(standard_time.span())
    phone = recognise_phone(plain)
    mask.add(phone.span)
    source = recognise_source(mask.blank())
    if source.words and source.words[:3].isdigit():
        mask.add(source.span)
    when, called, spans = event_time(mask.blank(), now)
    for span in spans:
        mask.add(span)
    blank = mask.blank()
    found: dict[str, Field] = {
        "time": when,
        "place": recognise_place(blank, gazetteer),
        "kind": recognise_kind(blank, _without_names(blank, gazetteer)),
        **recognise_people(blank),
        **recognise_things(blank),
        "source": source,
        "phone": phone,
        "report_time": called,
    }
    fields = {name: _as_typed(found[name], text) for name in ORDER}
    unknown = tuple(name for name, field in fields.items() if field.value is None)
    return Intake(text, fields, unknown, tuple(_doubts(text, fields)))


def _without_names(text: str, gazetteer: Gazetteer) -> str:
    """The text with full names of regions blanked, but for their kind (社区, 街道), which does tell something."""
    characters = list(text)
    for start, end, _places, full in gazetteer.find(text):
        if full:
            characters[start : end - 2] = " " * (end - 2 - start)
    return "".join(characters)


def _as_typed(field: Field, text: str) -> Field:
    """The words exactly as typed, full-width characters included."""
    if field.span is None:
        return field
    start, end = field.span
    return Field(field.value, field.span, text[start:end], field.confidence, field.details)


def _doubts(text: str, fields: dict[str, Field]) -> list[str]:
    doubts = []
    if len(text) > MAX_LENGTH:
        doubts.append(f"文字超过{MAX_LENGTH}字，只识别了前面部分")
    if fields["place"].details.get("candidates"):
        doubts.append("地名对应多个地方，请选择")
    for name in ("dead", "injured", "missing", "trapped"):
        if fields[name].details.get("candidates"):
            doubts.append(f"“{fields[name].words}”前后说法不一，请核对")
    if fields["cars"].value and fields["trapped"].value is None and "困" in text:
        doubts.append("车辆被困，人数未知，请追问")
    return doubts


def intake_door(
    text: str, now: datetime, gazetteer: Gazetteer | Iterable[Place | Sequence[object]] = ()
) -> dict[str, object]:
    """The pure door ``intake parse``: {"fields": {name: {"value", "span", "words", "confidence", …}}, "unknown": […]}.

    ``span`` is [start, end) in ``text``; counts are people; unknown is null, never 0.
    """
    return parse_report(text, now, gazetteer).as_dict()
