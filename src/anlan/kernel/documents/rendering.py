"""From a Document to the bytes of a .docx."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time

import docx
from docx.document import Document as Docx
from docx.oxml.ns import qn

from .body import write_blocks
from .colophon import write_colophon
from .head import TITLE_ROOM, write_head
from .model import EXERCISE, Annex, Document
from .page import lay_out_page
from .styles import define_styles
from .tail import write_tail
from .text import clean, title_lines
from .typeface import SUBSTITUTES, Typeface
from .writer import Writer


def render_docx(doc: Document, face: Typeface = SUBSTITUTES) -> bytes:
    """The paper as .docx bytes. The same document always gives the same bytes, so that its digest can be kept as proof.

    Raises ValueError when a figure is no readable PNG or JPEG.
    """
    file = docx.Document()
    _empty(file)
    define_styles(file, face)
    lay_out_page(file, exercise=doc.exercise)
    _properties(file, doc)
    writer = Writer(file, face)
    write_head(writer, doc)
    write_blocks(writer, doc, doc.body)
    write_tail(writer, doc)
    printed = [(number, annex) for number, annex in enumerate(doc.annexes, 1) if annex.body]
    for number, annex in printed:
        _annex(writer, doc, annex, number if len(doc.annexes) > 1 else None)
    write_colophon(writer, doc)
    return _sealed(file, doc)


def _annex(writer: Writer, doc: Document, annex: Annex, number: int | None) -> None:
    """附件 on a page of its own: its mark at the top left, its title centred on the third line (7.3.7)."""
    mark = writer.paragraph("附件" if number is None else f"附件{number}", "AnnexMark")
    mark.paragraph_format.page_break_before = True
    writer.blank().paragraph_format.keep_with_next = True
    writer.paragraph("\n".join(title_lines(annex.title, TITLE_ROOM)), "PaperTitle")
    writer.blank().paragraph_format.keep_with_next = True
    writer.headings = [0, 0, 0, 0]
    write_blocks(writer, doc, annex.body)


def _empty(file: Docx) -> None:
    body = file.element.body
    for element in list(body):
        if element.tag != qn("w:sectPr"):
            body.remove(element)


def _properties(file: Docx, doc: Document) -> None:
    props = file.core_properties
    stamp = datetime.combine(doc.date, time(), UTC) if doc.date else datetime(2000, 1, 1, tzinfo=UTC)
    props.title = clean(doc.full_title)[:255]
    props.author = clean(doc.signature or doc.head)[:255]
    props.last_modified_by = props.author
    props.subject = clean(doc.serial or "")[:255]
    props.comments = ""
    props.keywords = EXERCISE if doc.exercise else ""
    props.language = "zh-CN"
    props.created = props.modified = stamp.replace(tzinfo=None)
    props.revision = 1


def _sealed(file: Docx, doc: Document) -> bytes:
    """Zip the parts again with one fixed time, for python-docx stamps them with the hour of writing."""
    raw = io.BytesIO()
    file.save(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, source.read(name))
    return out.getvalue()
