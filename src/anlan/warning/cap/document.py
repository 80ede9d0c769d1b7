"""From untrusted bytes to an XML tree, or to the reason why not.

The text is decoded here, not by the XML library: a wrong encoding gets a clear answer, and the prolog is searched for a
document type declaration before any XML code sees the message, so that no entity is ever declared, let alone expanded.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lxml import etree

from .faults import CapRefused, fault


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may cost. ``vertices`` is per outline, ``vertices_total`` per message."""

    size: int = 1_000_000
    depth: int = 24
    elements: int = 50_000
    infos: int = 60
    areas: int = 2_000
    vertices: int = 10_000
    vertices_total: int = 100_000
    text: int = 60_000
    container_size: int = 8_000_000
    container_messages: int = 500


ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
}
"""Declared name → codec. GB2312 and GBK are read as GB18030, which contains both."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}?\?>")
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
PROLOG_ITEM = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)


def decode(data: bytes, size_limit: int) -> str:
    """The message as text without its XML declaration. Raises ``CapRefused`` for size and encoding faults."""
    if len(data) > size_limit:
        raise CapRefused([fault("/", "too_large", size=len(data), limit=size_limit)])
    if not data.strip(b"\x00 \t\r\n"):
        raise CapRefused([fault("/", "empty")])
    name, codec = _encoding(data)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise CapRefused([fault("/", "encoding_wrong", encoding=name, offset=error.start)]) from None
    text = text.lstrip("\ufeff")
    declaration = DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def _encoding(data: bytes) -> tuple[str, str]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return name.upper().removesuffix("-SIG"), name
    if data.startswith((b"<\x00", b"\x00<")):
        name = "utf-16-le" if data[:1] == b"<" else "utf-16-be"
        return name.upper(), name
    declared = DECLARED_ENCODING.match(data.lstrip()[:300])
    name = declared[1].decode("ascii") if declared else "UTF-8"
    codec = ENCODINGS.get(name.lower())
    if codec is None or codec.startswith("utf-16"):
        # bytes that start with a plain "<" are not UTF-16, whatever they declare
        raise CapRefused([fault("/", "encoding_unknown", encoding=name)])
    return name, codec


def refuse_doctype(text: str) -> None:
    """Raise when a DOCTYPE stands before the root element; after it, XML itself forbids one."""
    at = 0
    while item := PROLOG_ITEM.match(text, at):
        at = item.end()
    if text.startswith("<!", at):
        raise CapRefused([fault("/", "doctype")])


def read_tree(data: bytes, limits: Limits, *, size_limit: int | None = None) -> etree._Element:
    """The root element of ``data``; comments are dropped. Raises ``CapRefused``."""
    text = decode(data, size_limit or limits.size)
    refuse_doctype(text)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        strip_cdata=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower():
            raise CapRefused([fault("/", "too_deep", limit=limits.depth)]) from None
        line, column = error.position
        raise CapRefused([fault("/", "xml_broken", line=line, column=column)]) from None
    _refuse_excess(root, limits)
    return root


def _refuse_excess(root: etree._Element, limits: Limits) -> None:
    depth = count = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        count += 1
        if depth > limits.depth:
            raise CapRefused([fault("/", "too_deep", limit=limits.depth)])
    if count > limits.elements:
        raise CapRefused([fault("/", "too_many", what="元素 elements", limit=limits.elements)])
