"""What follows the text: list of annexes, notes, signature and date, remark, colophon 版记."""

from __future__ import annotations

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from docx.text.paragraph import Paragraph as DocxParagraph

from . import typeface as measures
from .model import Document, chinese_date
from .text import clean, width
from .writer import Writer, keep_with_next

LINE_CHARACTERS = 28


def write_tail(writer: Writer, doc: Document) -> None:
    if doc.annexes:
        _annex_list(writer, doc)
    for number, note in enumerate(doc.notes):
        text = f"说明：{note}" if len(doc.notes) == 1 else f"说明{number + 1}：{note}"
        paragraph = writer.paragraph(text, "Small")
        paragraph.paragraph_format.first_line_indent = Pt(2 * measures.SIZE_SMALL_4)
        if not number:
            paragraph.paragraph_format.space_before = Pt(6)
    if doc.style == "official":
        _signature(writer, doc)
    if doc.remark:
        writer.paragraph(f"（{doc.remark}）", "Remark")


def _annex_list(writer: Writer, doc: Document) -> None:
    """附件：1.… one line below the text, two characters in; following numbers stand under the first (7.3.4)."""
    keep_with_next(writer.blank())
    several = len(doc.annexes) > 1
    for number, annex in enumerate(doc.annexes, 1):
        label = "附件：" if number == 1 else ""
        paragraph = writer.paragraph(f"{label}{f'{number}.' if several else ''}{annex.title}", "Normal")
        hang = 3 + (width(f"{number}.") if several else 0)
        start = 2 if number == 1 else 5
        form = paragraph.paragraph_format
        form.left_indent = round((2 + hang) * measures.CHARACTER_PT * 12700)
        form.first_line_indent = round((start - 2 - hang) * measures.CHARACTER_PT * 12700)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _signature(writer: Writer, doc: Document) -> None:
    """Unsealed signature (7.3.5.2): two characters in from the right, the date's first character two further right.

    When the date is longer it keeps two characters from the right and the signature moves left.
    """
    if not (doc.signature or doc.date):
        return
    keep_with_next(writer.blank())
    day = chinese_date(doc.date) if doc.date else ""
    name_width, day_width = width(clean(doc.signature)), width(day)
    if day_width + 2 > name_width:
        day_start = LINE_CHARACTERS - 2 - day_width
        name_start = day_start - 2 if doc.signature else 0.0
    else:
        name_start = LINE_CHARACTERS - 2 - name_width
        day_start = name_start + 2
    if doc.signature:
        name = writer.paragraph(doc.signature, "Signature")
        _start_at(name, name_start)
        if day:
            keep_with_next(name)
    if day:
        _start_at(writer.paragraph(day, "Signature"), day_start)


def _start_at(paragraph: DocxParagraph, characters: float) -> None:
    paragraph.paragraph_format.left_indent = Pt(max(0.0, characters) * measures.CHARACTER_PT)
