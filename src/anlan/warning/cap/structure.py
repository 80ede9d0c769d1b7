"""Reading CAP elements into the model and noting every fault on the way; nothing stops at the first one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lxml import etree

from . import model, values
from .document import Limits
from .faults import Fault, fault

SIGNATURE_NS = "http://www.w3.org/2000/09/xmldsig#"

ALERT = [
    "identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code",
    "note", "references", "incidents", "info",
]  # fmt: skip
INFO = [
    "language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode",
    "effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact",
    "parameter", "resource", "area",
]  # fmt: skip
AREA = ["areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"]
RESOURCE = ["resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"]
PAIR = ["valueName", "value"]
REPEATABLE = frozenset(
    {"code", "info", "category", "responseType", "eventCode", "parameter", "resource", "area"}
    | {"polygon", "circle", "geocode"}
)
COLOUR_SEVERITIES = {"RED": "Extreme", "ORANGE": "Severe", "YELLOW": "Moderate", "BLUE": "Minor"}
"""The Chinese national interface also passes the colour as severity."""


class ElementReader:
    """The children of one element, by name; faults go to the shared list ``faults``."""

    def __init__(
        self,
        element: etree._Element,
        path: str,
        sequence: list[str],
        faults: list[Fault],
        limits: Limits,
        *,
        text_leaf: Iterable[str],
    ) -> None:
        self.path = path
        self.faults = faults
        self.limits = limits
        self.found: dict[str, list[etree._Element]] = {}
        namespace = etree.QName(element).namespace
        leaves = frozenset(text_leaf)
        last, last_name = -1, ""
        misplaced: set[str] = set()
        for child in element:
            if not isinstance(child.tag, str):
                continue
            name = etree.QName(child)
            if name.namespace == SIGNATURE_NS:
                continue
            if name.namespace != namespace or name.localname not in sequence:
                self.faults.append(fault(f"{path}/{name.localname}", "element_unknown", name=name.localname))
                continue
            position = sequence.index(name.localname)
            if position < last and name.localname not in misplaced:
                misplaced.add(name.localname)
                self.faults.append(fault(f"{path}/{name.localname}", "order", name=name.localname, before=last_name))
            if position >= last:
                last, last_name = position, name.localname
            if name.localname in leaves and len(child):
                self.faults.append(fault(f"{path}/{name.localname}", "not_text", name=name.localname))
            self.found.setdefault(name.localname, []).append(child)
        for name, elements in self.found.items():
            if len(elements) > 1 and name not in REPEATABLE:
                self.faults.append(fault(f"{path}/{name}", "repeated", name=name, count=len(elements)))

    def elements(self, name: str) -> list[etree._Element]:
        return self.found.get(name, [])

    def _text(self, element: etree._Element, name: str) -> str:
        text = "".join(element.itertext()).strip()
        limit = self.limits.text
        if name != "derefUri" and name != "polygon" and len(text) > limit:
            self.faults.append(fault(f"{self.path}/{name}", "text_too_long", name=name, limit=limit))
            return text[:limit]
        return text

    def required(self, name: str) -> str:
        """The text of ``name``; its absence or emptiness is a fault and gives ``""``."""
        elements = self.elements(name)
        if not elements:
            self.faults.append(fault(f"{self.path}/{name}", "missing", name=name))
            return ""
        text = self._text(elements[0], name)
        if not text:
            self.faults.append(fault(f"{self.path}/{name}", "empty_value", name=name))
        return text

    def optional(self, name: str) -> str | None:
        elements = self.elements(name)
        if not elements:
            return None
        text = self._text(elements[0], name)
        if not text:
            self.faults.append(fault(f"{self.path}/{name}", "empty_optional", name=name))
        return text or None

    def texts(self, name: str) -> tuple[str, ...]:
        """All non-empty texts of a repeatable element."""
        kept = []
        for element in self.elements(name):
            text = self._text(element, name)
            if text:
                kept.append(text)
            else:
                self.faults.append(fault(f"{self.path}/{name}", "empty_optional", name=name))
        return tuple(kept)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        text = self.required(name)
        if text and text not in allowed:
            self.faults.append(fault(f"{self.path}/{name}", "value", name=name, value=text, allowed="、".join(allowed)))
        return text

    def choices(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        for text in (found := self.texts(name)):
            if text not in allowed:
                self.faults.append(
                    fault(f"{self.path}/{name}", "value", name=name, value=text, allowed="、".join(allowed))
                )
        return found

    def read(self, name: str, reader: Callable, text: str | None, *arguments: object):
        """Run a value reader on ``text`` and keep its faults; no text gives None."""
        if not text:
            return None
        value, wrong = reader(text, f"{self.path}/{name}", *arguments)
        self.faults.extend(wrong)
        return value

    def time(self, name: str, text: str | None):
        return self.read(name, values.read_time, text, name)

    def pairs(self, name: str) -> tuple[model.NamedValue, ...]:
        """valueName/value pairs. Some issuers write several pairs in one element; each is kept."""
        kept = []
        for number, element in enumerate(self.elements(name), 1):
            path = f"{self.path}/{name}[{number}]"
            reader = ElementReader(element, path, PAIR, self.faults, self.limits, text_leaf=PAIR)
            title = reader.required("valueName")
            given = reader.elements("value")
            if not given:
                self.faults.append(fault(f"{path}/value", "missing", name="value"))
            else:
                kept.append(model.NamedValue(title, reader._text(given[0], "value")))
        return tuple(kept)


def read_alert(element: etree._Element, version: str, limits: Limits) -> tuple[model.CapAlert | None, list[Fault]]:
    """The alert of ``element`` and all structural faults; None when it cannot be built at all."""
    faults: list[Fault] = []
    leaves = [name for name in ALERT if name != "info"]
    read = ElementReader(element, "/alert", ALERT, faults, limits, text_leaf=leaves)
    identifier, sender = read.required("identifier"), read.required("sender")
    for name, text in (("identifier", identifier), ("sender", sender)):
        faults += values.identifier_faults(text, f"/alert/{name}", name)
    sent = read.time("sent", read.required("sent"))
    status = read.choice("status", model.STATUSES)
    msg_type = read.choice("msgType", model.MESSAGE_TYPES)
    source = read.optional("source")
    scope = read.choice("scope", model.SCOPES)
    restriction, addresses = read.optional("restriction"), read.optional("addresses")
    codes, note = read.texts("code"), read.optional("note")
    references = read.read("references", values.read_references, read.optional("references")) or ()
    incidents = read.optional("incidents")
    blocks = read.elements("info")
    if len(blocks) > limits.infos:
        faults.append(fault("/alert/info", "too_many", what="info", limit=limits.infos))
        blocks = []
    if _count_areas(blocks) > limits.areas:
        faults.append(fault("/alert/info", "too_many", what="area", limit=limits.areas))
        blocks = []
    budget = [limits.vertices_total]
    infos = tuple(
        _read_info(block, f"/alert/info[{number}]", faults, limits, budget) for number, block in enumerate(blocks, 1)
    )
    if sent is None:
        return None, faults
    alert = model.CapAlert(
        identifier=identifier,
        sender=sender,
        sent=sent,
        status=status,
        msg_type=msg_type,
        scope=scope,
        source=source,
        restriction=restriction,
        addresses=values.read_words(addresses or ""),
        codes=codes,
        note=note,
        references=references,
        incidents=values.read_words(incidents or ""),
        infos=infos,
        version=version,
    )
    return alert, faults


def _count_areas(blocks: list[etree._Element]) -> int:
    return sum(1 for block in blocks for child in block.iterchildren("{*}area"))


def _read_info(
    element: etree._Element, path: str, faults: list[Fault], limits: Limits, budget: list[int]
) -> model.CapInfo:
    leaves = [name for name in INFO if name not in ("eventCode", "parameter", "resource", "area")]
    read = ElementReader(element, path, INFO, faults, limits, text_leaf=leaves)
    language = read.optional("language") or model.DEFAULT_LANGUAGE
    faults += values.language_faults(language, f"{path}/language")
    categories = read.choices("category", model.CATEGORIES)
    if not categories:
        faults.append(fault(f"{path}/category", "missing", name="category"))
    event = read.required("event")
    response_types = read.choices("responseType", model.RESPONSE_TYPES)
    urgency = read.choice("urgency", model.URGENCIES)
    severity = _read_severity(read)
    certainty = read.choice("certainty", model.CERTAINTIES)
    audience, event_codes = read.optional("audience"), read.pairs("eventCode")
    effective, onset, expires = (read.time(name, read.optional(name)) for name in ("effective", "onset", "expires"))
    sender_name, headline, description, instruction, web, contact = (
        read.optional(name) for name in ("senderName", "headline", "description", "instruction", "web", "contact")
    )
    if web:
        faults += values.link_faults(web, f"{path}/web", "web")
    parameters = read.pairs("parameter")
    resources = tuple(
        _read_resource(child, f"{path}/resource[{number}]", faults, limits)
        for number, child in enumerate(read.elements("resource"), 1)
    )
    areas = tuple(
        _read_area(child, f"{path}/area[{number}]", faults, limits, budget)
        for number, child in enumerate(read.elements("area"), 1)
    )
    return model.CapInfo(
        event=event,
        urgency=urgency,
        severity=severity,
        certainty=certainty,
        categories=categories,
        language=language,
        response_types=response_types,
        audience=audience,
        event_codes=event_codes,
        effective=effective,
        onset=onset,
        expires=expires,
        sender_name=sender_name,
        headline=headline,
        description=description,
        instruction=instruction,
        web=web,
        contact=contact,
        parameters=parameters,
        resources=resources,
        areas=areas,
    )


def _read_severity(read: ElementReader) -> str:
    written = read.elements("severity")
    text = (written[0].text or "").strip() if written else ""
    meant = COLOUR_SEVERITIES.get(text.upper())
    if meant:
        read.faults.append(fault(f"{read.path}/severity", "severity_colour", value=text, severity=meant))
        return meant
    return read.choice("severity", model.SEVERITIES)


def _read_resource(element: etree._Element, path: str, faults: list[Fault], limits: Limits) -> model.CapResource:
    read = ElementReader(element, path, RESOURCE, faults, limits, text_leaf=RESOURCE)
    description, mime_type = read.required("resourceDesc"), read.required("mimeType")
    size_text, uri = read.optional("size"), read.optional("uri")
    deref_uri, digest = read.optional("derefUri"), read.optional("digest")
    size = None
    if size_text is not None:
        if size_text.isascii() and size_text.isdigit() and len(size_text) <= 15:
            size = int(size_text)
        else:
            faults.append(fault(f"{path}/size", "number", name="size", value=size_text))
    if uri:
        faults += values.link_faults(uri, f"{path}/uri", "uri")
    if deref_uri:
        faults += values.deref_faults(deref_uri, f"{path}/derefUri", size)
    if digest and not values.DIGEST.fullmatch(digest):
        faults.append(fault(f"{path}/digest", "digest"))
    return model.CapResource(description, mime_type, size, uri, deref_uri, digest)


def _read_area(
    element: etree._Element, path: str, faults: list[Fault], limits: Limits, budget: list[int]
) -> model.CapArea:
    leaves = [name for name in AREA if name != "geocode"]
    read = ElementReader(element, path, AREA, faults, limits, text_leaf=leaves)
    description = read.required("areaDesc")
    polygons = []
    for number, text in enumerate(read.texts("polygon"), 1):
        budget[0] -= text.count(",")
        if budget[0] < 0:
            faults.append(fault(path, "too_many", what="边界点 vertices", limit=limits.vertices_total))
            break
        ring, wrong = values.read_polygon(text, f"{path}/polygon[{number}]", limits.vertices)
        faults += wrong
        if ring is not None:
            polygons.append(ring)
    circles = []
    for number, text in enumerate(read.texts("circle"), 1):
        circle, wrong = values.read_circle(text, f"{path}/circle[{number}]")
        faults += wrong
        if circle is not None:
            circles.append(circle)
    geocodes = read.pairs("geocode")
    altitude, ceiling = (
        read.read(name, values.read_decimal, read.optional(name), name) for name in ("altitude", "ceiling")
    )
    return model.CapArea(description, tuple(polygons), tuple(circles), geocodes, altitude, ceiling)
