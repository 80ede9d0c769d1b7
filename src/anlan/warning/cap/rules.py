"""Rules that hold between the elements of a message, judged on the model: for what is read and for what is written.

Source: OASIS CAP 1.2 §3.2 (the normative sentences that an XML schema cannot say) and the semantics of expiry.
"""

from __future__ import annotations

from collections.abc import Iterator

from .faults import Fault, fault
from .model import CapAlert, CapArea, CapInfo

NEED_REFERENCES = frozenset({"Update", "Cancel", "Ack", "Error"})
NEED_INFO = frozenset({"Alert", "Update"})


def judge(alert: CapAlert) -> list[Fault]:
    """Every broken rule of ``alert``, errors and notices, in the order of the elements."""
    found = list(_envelope(alert))
    for number, info in enumerate(alert.infos, 1):
        found += _info(alert, info, f"/alert/info[{number}]")
    return found


def _envelope(alert: CapAlert) -> Iterator[Fault]:
    if alert.msg_type in NEED_REFERENCES and not alert.references:
        yield fault("/alert/references", "references_missing", value=alert.msg_type)
    for reference in alert.references:
        if (reference.sender, reference.identifier) == (alert.sender, alert.identifier):
            yield fault("/alert/references", "references_self")
        elif reference.sent > alert.sent:
            yield fault("/alert/references", "references_later", value=reference.identifier)
    if alert.msg_type in NEED_INFO and not alert.infos:
        yield fault("/alert/info", "info_missing", value=alert.msg_type)
    if alert.scope == "Restricted" and not alert.restriction:
        yield fault("/alert/restriction", "restriction_missing")
    if alert.scope != "Restricted" and alert.restriction:
        yield fault("/alert/restriction", "restriction_idle")
    if alert.scope == "Private" and not alert.addresses:
        yield fault("/alert/addresses", "addresses_missing")
    if alert.status == "Exercise" and not alert.note:
        yield fault("/alert/note", "exercise_note")
    if alert.msg_type == "Error" and not alert.note:
        yield fault("/alert/note", "error_note")


def _info(alert: CapAlert, info: CapInfo, path: str) -> Iterator[Fault]:
    if info.expires is None:
        if alert.msg_type in NEED_INFO:
            yield fault(f"{path}/expires", "expires_missing")
    else:
        # a message that ends a warning may repeat the old expiry; one that opens or renews it must still have a future
        lenient = "notice" if alert.msg_type not in NEED_INFO or info.urgency == "Past" else None
        start, name = (alert.sent, "sent")
        if info.effective is not None and info.effective > alert.sent:
            start, name = info.effective, "effective"
        if info.expires <= start:
            yield fault(
                f"{path}/expires",
                "expires_early",
                level=lenient,
                expires=info.expires.isoformat(),
                start=start.isoformat(),
                name=name,
            )
        elif info.onset is not None and info.onset > info.expires:
            yield fault(f"{path}/onset", "onset_late", onset=info.onset.isoformat(), expires=info.expires.isoformat())
    for number, area in enumerate(info.areas, 1):
        yield from _area(area, f"{path}/area[{number}]")


def _area(area: CapArea, path: str) -> Iterator[Fault]:
    if area.ceiling_ft is not None:
        if area.altitude_ft is None:
            yield fault(f"{path}/ceiling", "ceiling_alone")
        elif area.ceiling_ft < area.altitude_ft:
            yield fault(f"{path}/ceiling", "ceiling_low")
    if not (area.polygons or area.circles or area.geocodes):
        yield fault(path, "area_vague", value=area.description)
