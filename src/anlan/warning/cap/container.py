"""Envelopes that carry CAP: EDXL-DE 1.0 distributions and Atom feeds with embedded messages.

Each message inside is judged by itself, so that one bad message does not stop the others. An Atom feed that is only
an index, with links instead of messages, is refused with that reason; fetching the links is the caller's business.
"""

from __future__ import annotations

from lxml import etree

from .document import Limits, read_tree
from .faults import CapRefused, fault
from .parse import VERSIONS, CapReading, read_element

EDXL_DE = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
ATOM = "http://www.w3.org/2005/Atom"
KINDS = {(EDXL_DE, "EDXLDistribution"): "EDXL-DE", (ATOM, "feed"): "Atom", (ATOM, "entry"): "Atom"}


def read_messages(
    data: bytes, *, strict: bool = True, require_signature: bool = False, limits: Limits = Limits(),
    forgive: frozenset[str] = frozenset(),
) -> tuple[CapReading, ...]:  # fmt: skip
    """All messages in ``data``: a single alert, or the alerts of an envelope, in their order; at least one reading."""
    try:
        root = read_tree(data, limits, size_limit=limits.container_size)
        kind = KINDS.get((etree.QName(root).namespace or "", etree.QName(root).localname))
        if kind is None:
            if len(data) > limits.size:
                raise CapRefused([fault("/", "too_large", size=len(data), limit=limits.size)])
            return (
                read_element(root, strict=strict, require_signature=require_signature, limits=limits, forgive=forgive),
            )
        alerts = [root_of for name in VERSIONS for root_of in root.iter(f"{{{name}}}alert")]
        if not alerts:
            index = kind == "Atom" and root.find(f".//{{{ATOM}}}entry") is not None
            raise CapRefused([fault("/", "index_only") if index else fault("/", "container_empty", kind=kind)])
        if len(alerts) > limits.container_messages:
            raise CapRefused([fault("/", "too_many", what="报文 messages", limit=limits.container_messages)])
    except CapRefused as refused:
        return (CapReading(None, refused.errors, refused.notices),)
    return tuple(
        read_element(
            _detached(alert), strict=strict, require_signature=require_signature, limits=limits, forgive=forgive
        )
        for alert in alerts
    )


def _detached(alert: etree._Element) -> etree._Element:
    """The alert as the root of its own document, so that its paths and its signature are its own."""
    return etree.fromstring(etree.tostring(alert, with_tail=False), etree.XMLParser(resolve_entities=False))
