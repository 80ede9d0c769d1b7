"""Enveloped XML signatures: is one there, does the signed digest still fit, has its value been touched?

This tells alteration on the way, not who signed: trust in a key needs a list of keys that the operator keeps, and
this module has none. Issuers often reformat a message after signing it, so a digest that differs is a notice.
Source: W3C XML Signature Syntax and Processing. lxml canonicalises by C14N 1.0, which equals 1.1 for a root
without xml: attributes.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
from dataclasses import dataclass

from lxml import etree

from .faults import Fault, fault
from .structure import SIGNATURE_NS

HASHES = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
}
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """``present``; ``content``: ``fits``, ``differs`` or ``unchecked``. Authenticity is never claimed here."""

    present: bool = False
    content: str = "unchecked"


def inspect(root: etree._Element, *, required: bool) -> tuple[SignatureReport, list[Fault]]:
    """The report and the faults of all signatures that are children of ``root``."""
    signatures = root.findall(f"{{{SIGNATURE_NS}}}Signature")
    if not signatures:
        return SignatureReport(), [fault("/alert/Signature", "signature_missing")] if required else []
    faults: list[Fault] = []
    contents = []
    for number, signature in enumerate(signatures):
        path = f"/alert/Signature[{number + 1}]"
        if not _canonical(signature.findtext(f"{{{SIGNATURE_NS}}}SignatureValue") or ""):
            faults.append(fault(path, "signature_altered"))
        contents.append(_content(root, signatures, number))
    content = "fits" if "fits" in contents else contents[0]
    if content == "differs":
        faults.append(fault("/alert/Signature", "signature_digest", level="error" if required else "notice"))
    return SignatureReport(True, content), faults


def _canonical(text: str) -> bool:
    """Whether the Base64 is what an encoder writes; spare bits that are set betray a hand on the value."""
    text = "".join(text.split())
    try:
        return bool(text) and base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except (binascii.Error, ValueError):
        return False


def _content(root: etree._Element, signatures: list[etree._Element], number: int) -> str:
    signature = signatures[number]
    references = signature.findall(f".//{{{SIGNATURE_NS}}}Reference")
    if len(references) != 1 or references[0].get("URI"):
        return "unchecked"
    method = references[0].find(f"{{{SIGNATURE_NS}}}DigestMethod")
    name = HASHES.get(method.get("Algorithm", "")) if method is not None else None
    if name is None:
        return "unchecked"
    expected = "".join((references[0].findtext(f"{{{SIGNATURE_NS}}}DigestValue") or "").split())
    exclusive = any(t.get("Algorithm") == EXCLUSIVE for t in references[0].iter(f"{{{SIGNATURE_NS}}}Transform"))
    # the signature's own removal, and the state before any signature was added (several signers)
    for removed in ([number], list(range(len(signatures)))):
        tree = copy.deepcopy(root.getroottree())
        top = tree.getroot()
        children = top.findall(f"{{{SIGNATURE_NS}}}Signature")
        for index in removed:
            _take_out(top, children[index])
        data = etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=False)
        if base64.b64encode(hashlib.new(name, data).digest()).decode() == expected:
            return "fits"
    return "differs"


def _take_out(parent: etree._Element, child: etree._Element) -> None:
    tail = child.tail or ""
    before = child.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(child)
