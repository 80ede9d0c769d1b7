"""The door for CAP messages: bytes in, a judged message out.

``parse_cap`` raises with everything that is wrong; ``read_cap`` returns the same judgement without raising.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from . import rules, signature
from .document import Limits, read_tree
from .faults import MENDABLE, CapRefused, Fault, fault
from .model import CapAlert
from .signature import SignatureReport
from .structure import read_alert

CAP_12 = "urn:oasis:names:tc:emergency:cap:1.2"
CAP_11 = "urn:oasis:names:tc:emergency:cap:1.1"
VERSIONS = {CAP_12: "1.2", CAP_11: "1.1"}


NO_SIGNATURE = SignatureReport()


@dataclass(frozen=True, slots=True)
class CapReading:
    """The judgement of one message: ``alert`` is None when ``errors`` is not empty."""

    alert: CapAlert | None
    errors: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()
    signature: SignatureReport = NO_SIGNATURE

    def as_dict(self) -> dict[str, object]:
        """``{"valid", "identifier", "sender", "version", "errors": [...], "notices": [...]}`` for the pure door."""
        return {
            "valid": self.alert is not None,
            "identifier": self.alert.identifier if self.alert else None,
            "sender": self.alert.sender if self.alert else None,
            "version": self.alert.version if self.alert else None,
            "signature": {"present": self.signature.present, "content": self.signature.content},
            "errors": [e.as_dict() for e in self.errors],
            "notices": [n.as_dict() for n in self.notices],
        }


def parse_cap(
    data: bytes, *, strict: bool = True, require_signature: bool = False, limits: Limits = Limits()
) -> CapAlert:
    """The CAP message in ``data``.

    ``strict`` refuses wrong element order and foreign elements; without it they become notices (see ``read_cap``).
    Raises ``CapRefused`` with every error found, not only the first.
    """
    reading = read_cap(data, strict=strict, require_signature=require_signature, limits=limits)
    if reading.alert is None:
        raise CapRefused(reading.errors, reading.notices)
    return reading.alert


def read_cap(
    data: bytes, *, strict: bool = True, require_signature: bool = False, limits: Limits = Limits(),
    forgive: frozenset[str] = frozenset(),
) -> CapReading:  # fmt: skip
    """Judge ``data`` without raising: the alert when usable, all errors and notices in any case."""
    try:
        root = read_tree(data, limits)
    except CapRefused as refused:
        return CapReading(None, refused.errors, refused.notices)
    return read_element(root, strict=strict, require_signature=require_signature, limits=limits, forgive=forgive)


def read_element(
    root: etree._Element, *, strict: bool = True, require_signature: bool = False, limits: Limits = Limits(),
    forgive: frozenset[str] = frozenset(),
) -> CapReading:  # fmt: skip
    """Judge an ``alert`` element that is already a tree, such as one taken out of an envelope.

    Faults whose code is in `forgive` do not refuse the message: they stand among the notices, still of level ``error``.
    """
    name = etree.QName(root)
    if name.localname != "alert":
        return CapReading(None, (fault("/", "not_cap", name=name.localname),))
    version = VERSIONS.get(name.namespace or "")
    if version is None:
        return CapReading(None, (fault("/alert", "namespace", namespace=name.namespace or ""),))
    alert, faults = read_alert(root, version, limits)
    if version == "1.1":
        faults.append(fault("/alert", "version_11"))
    if alert is not None:
        faults += rules.judge(alert)
    report, wrong = signature.inspect(root, required=require_signature)
    faults += wrong
    kept = forgive if strict else forgive | MENDABLE
    errors = tuple(f for f in faults if f.level == "error" and f.code not in kept)
    notices = tuple(f for f in faults if f not in errors)
    return CapReading(None if errors else alert, errors, notices, report)
