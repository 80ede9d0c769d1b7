"""The Chinese profile of CAP: what the national early-warning platform writes into the standard's fields.

Identifier = 14-digit issuer (6 division + 3 department + 5 serial) ``_`` yyyymmddHHMMSS; area geocode named
"CPEAS Geographic Code" (12 or 14 digits); eventCode of five characters such as 11B03; severity stands for the colour.
Source: public samples of messages, law of 2024 art. 63 for the colours; confidence medium, except eventCode (high).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from . import hazards
from .faults import Fault, fault
from .hazards import Colour, Hazard
from .model import CapAlert, CapInfo
from .notice import WarningNotice

IDENTIFIER = re.compile(r"(\d{14})_(\d{14})")
GEOCODE_NAME = "CPEAS Geographic Code"
GEOCODE_NAMES = frozenset({"cpeas geographic code", "cpeasgeographiccode", "cpeas"})
GEOCODE = re.compile(r"\d{12}(\d\d)?")
EVENT_CODE = re.compile(r"1[1-4][A-Z]\d\d")
WRITTEN_COLOUR = re.compile(r"(红|橙|黄|蓝|白)色")
ENGLISH_COLOUR = re.compile(r"\b(red|orange|yellow|blue)\b", re.IGNORECASE)
ACTIONS = {"Alert": "发布", "Update": "更新", "Cancel": "解除"}


def profile_faults(alert: CapAlert) -> list[Fault]:
    """Where ``alert`` departs from the Chinese profile; meant for messages that claim it, not for foreign ones."""
    found: list[Fault] = []
    match = IDENTIFIER.fullmatch(alert.identifier)
    if not match:
        found.append(fault("/alert/identifier", "china_identifier", value=alert.identifier))
    else:
        try:
            datetime.strptime(match[2], "%Y%m%d%H%M%S")
        except ValueError:
            found.append(fault("/alert/identifier", "china_identifier_time", value=match[2]))
    for number, info in enumerate(alert.infos, 1):
        path = f"/alert/info[{number}]"
        codes = [pair.value for pair in info.event_codes]
        if not codes:
            found.append(fault(f"{path}/eventCode", "china_event_code_missing", level="notice"))
        elif not any(EVENT_CODE.fullmatch(code.upper()) for code in codes):
            found.append(fault(f"{path}/eventCode", "china_event_code", value=codes[0]))
        geocodes = [pair for area in info.areas for pair in area.geocodes if _is_cpeas(pair.name)]
        if not geocodes:
            found.append(fault(f"{path}/area", "china_geocode_missing"))
        for pair in geocodes:
            if not GEOCODE.fullmatch(pair.value):
                found.append(fault(f"{path}/area/geocode", "china_geocode", value=pair.value))
        written, mapped = _written_colour(info), hazards.colour_by_severity(info.severity)
        if written and mapped and written.level and written is not mapped:
            found.append(
                fault(f"{path}/severity", "china_colour_differs", written=written.zh + "色", mapped=mapped.zh + "色")
            )
    return found


def is_chinese(alert: CapAlert) -> bool:
    """Whether the message claims the Chinese profile: its identifier's form or a CPEAS geocode says so."""
    if IDENTIFIER.fullmatch(alert.identifier):
        return True
    return any(_is_cpeas(g.name) for info in alert.infos for area in info.areas for g in area.geocodes)


def to_warning(alert: CapAlert, *, language: str = "zh") -> WarningNotice:
    """``alert`` in the words of the desk, from the info block in ``language`` or else the first one.

    A message without info (a Cancel may have none) keeps what its envelope says; the rest is unknown with reasons.
    """
    unknown: dict[str, str] = {}
    info = _choose(alert.infos, language)
    match = IDENTIFIER.fullmatch(alert.identifier)
    doubts = tuple(profile_faults(alert)) if is_chinese(alert) else ()
    envelope = WarningNotice(
        form=f"cap-{alert.version}",
        msg_type=alert.msg_type,
        action=ACTIONS.get(alert.msg_type),
        status=alert.status,
        identifier=alert.identifier,
        issuer=alert.source or alert.sender,
        issuer_code=match[1] if match else None,
        sender=alert.sender,
        sent=alert.sent,
        references=alert.references,
        doubts=doubts,
        unknown=unknown,
    )
    if info is None:
        reason = "报文没有info，只能从被引用的报文得知"
        unknown.update(dict.fromkeys(("hazard", "colour", "headline", "text", "area_names"), reason))
        return envelope
    hazard, event_code = _hazard(info)
    if hazard is None:
        unknown["hazard"] = f"事件“{info.event}”不在事件码表中"
    colour = _written_colour(info) or hazards.colour_by_severity(info.severity)
    if colour is None:
        unknown["colour"] = f"文字没有写颜色，severity为{info.severity}"
    region_codes = tuple(
        dict.fromkeys(
            g.value[:12] for a in info.areas for g in a.geocodes if _is_cpeas(g.name) and GEOCODE.fullmatch(g.value)
        )
    )
    if not region_codes:
        unknown["region_codes"] = "报文没有CPEAS区划码"
    if info.expires is None:
        unknown["expires"] = "报文没有写失效时间"
    return replace(
        envelope,
        hazard=hazard.id if hazard else None,
        hazard_zh=hazard.zh if hazard else info.event,
        event_code=event_code,
        colour=colour.id if colour else None,
        level=colour.level if colour else None,
        issuer=info.sender_name or envelope.issuer,
        effective=info.effective or alert.sent,
        onset=info.onset,
        expires=info.expires,
        region_codes=region_codes,
        area_names=tuple(area.description for area in info.areas),
        polygons=tuple(ring for area in info.areas for ring in area.polygons),
        circles=tuple(circle for area in info.areas for circle in area.circles),
        headline=info.headline,
        text=info.description,
        instruction=info.instruction,
        urgency=info.urgency,
        certainty=info.certainty,
        language=info.language,
    )


def _is_cpeas(name: str) -> bool:
    return name.strip().lower() in GEOCODE_NAMES


def _choose(infos: tuple[CapInfo, ...], language: str) -> CapInfo | None:
    wanted = language.lower()
    for info in infos:
        if info.language.lower() == wanted:
            return info
    for info in infos:
        if info.language.lower().split("-")[0] == wanted.split("-")[0]:
            return info
    return infos[0] if infos else None


def _hazard(info: CapInfo) -> tuple[Hazard | None, str | None]:
    written = [pair.value.upper() for pair in info.event_codes if EVENT_CODE.fullmatch(pair.value.upper())]
    for code in written:
        if hazard := hazards.hazard_by_code(code):
            return hazard, code
    hazard = hazards.hazard_in(info.event)
    return hazard, written[0] if written else (hazard.code if hazard else None)


def _written_colour(info: CapInfo) -> Colour | None:
    """The colour in the headline or the event: people act on the words, so the words win over the mapped severity."""
    for text in (info.headline, info.event):
        if not text:
            continue
        if match := WRITTEN_COLOUR.search(text):
            return next(c for c in hazards.colours() if c.zh == match[1])
        if info.language.lower().startswith("en") and (match := ENGLISH_COLOUR.search(text)):
            return hazards.colour_by_id(match[1])
    return None
