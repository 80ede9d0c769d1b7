"""Writing CAP 1.2 canonically: fixed order, two-space indent, UTF-8, one spelling for each value.

What is written has passed the same rules as what is read, and reads back equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from lxml import etree

from . import model, values
from .faults import CapRefused
from .parse import CAP_12, read_element

UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def compose_cap(alert: model.CapAlert) -> bytes:
    """``alert`` as a CAP 1.2 document. Raises ``CapRefused`` when it breaks a rule, with the same faults as reading.

    The version written is always 1.2. Control characters that XML cannot carry are dropped.
    """
    root = etree.Element(f"{{{CAP_12}}}alert", nsmap={None: CAP_12})
    _fill(
        root,
        [
            ("identifier", alert.identifier),
            ("sender", alert.sender),
            ("sent", write_time(alert.sent)),
            ("status", alert.status),
            ("msgType", alert.msg_type),
            ("source", alert.source),
            ("scope", alert.scope),
            ("restriction", alert.restriction),
            ("addresses", values.write_words(alert.addresses)),
            *[("code", code) for code in alert.codes],
            ("note", alert.note),
            ("references", " ".join(f"{r.sender},{r.identifier},{write_time(r.sent)}" for r in alert.references)),
            ("incidents", values.write_words(alert.incidents)),
        ],
    )
    for info in alert.infos:
        _write_info(_child(root, "info"), info)
    reading = read_element(root)
    if reading.alert is None:
        raise CapRefused(reading.errors, reading.notices)
    etree.indent(root, space="  ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def write_time(moment: datetime | None) -> str | None:
    """ISO 8601 to the second with offset; UTC is written ``-00:00`` as the standard asks."""
    if moment is None:
        return None
    text = moment.replace(microsecond=0).isoformat()
    if moment.utcoffset() == timedelta(0):
        return text[:19] + "-00:00"
    return text


def write_number(number: float) -> str:
    """Plain decimal digits, to the twenty places that the reader accepts."""
    return format(Decimal(repr(round(float(number), 20))), "f").removesuffix(".0")


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{CAP_12}}}{name}")


def _fill(parent: etree._Element, pairs: Iterable[tuple[str, str | None]]) -> None:
    for name, text in pairs:
        if text is not None and text != "":
            _child(parent, name).text = UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _named(parent: etree._Element, name: str, entries: tuple[model.NamedValue, ...]) -> None:
    for entry in entries:
        pair = _child(parent, name)
        _fill(pair, [("valueName", entry.name)])
        _child(pair, "value").text = UNWRITABLE.sub("", entry.value)


def _write_info(parent: etree._Element, info: model.CapInfo) -> None:
    _fill(
        parent,
        [
            ("language", info.language),
            *[("category", category) for category in info.categories],
            ("event", info.event),
            *[("responseType", kind) for kind in info.response_types],
            ("urgency", info.urgency),
            ("severity", info.severity),
            ("certainty", info.certainty),
            ("audience", info.audience),
        ],
    )
    _named(parent, "eventCode", info.event_codes)
    _fill(
        parent,
        [
            ("effective", write_time(info.effective)),
            ("onset", write_time(info.onset)),
            ("expires", write_time(info.expires)),
            ("senderName", info.sender_name),
            ("headline", info.headline),
            ("description", info.description),
            ("instruction", info.instruction),
            ("web", info.web),
            ("contact", info.contact),
        ],
    )
    _named(parent, "parameter", info.parameters)
    for resource in info.resources:
        _fill(
            _child(parent, "resource"),
            [
                ("resourceDesc", resource.description),
                ("mimeType", resource.mime_type),
                ("size", None if resource.size is None else str(resource.size)),
                ("uri", resource.uri),
                ("derefUri", resource.deref_uri),
                ("digest", resource.digest),
            ],
        )
    for area in info.areas:
        _write_area(_child(parent, "area"), area)


def _write_area(parent: etree._Element, area: model.CapArea) -> None:
    _fill(parent, [("areaDesc", area.description)])
    for ring in area.polygons:
        _fill(parent, [("polygon", " ".join(f"{write_number(lat)},{write_number(lon)}" for lat, lon in ring))])
    for circle in area.circles:
        centre = f"{write_number(circle.lat)},{write_number(circle.lon)}"
        _fill(parent, [("circle", f"{centre} {write_number(circle.radius_km)}")])
    _named(parent, "geocode", area.geocodes)
    for name, height in (("altitude", area.altitude_ft), ("ceiling", area.ceiling_ft)):
        if height is not None:
            _fill(parent, [(name, write_number(height))])
