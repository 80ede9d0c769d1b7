"""The text: numbered headings, paragraphs, lists and pictures. Tables have a file of their own."""

from __future__ import annotations

import io

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm
from PIL import Image

from .model import SIMULATED, Block, Document, Figure, Heading, Items, Paragraph, Table, Timeline
from .tables import write_table, write_timeline
from .text import clean
from .typeface import AREA_MM
from .writer import Writer, keep_with_next

_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """1..99 in Chinese: 一, 十, 十二, 二十, 九十九."""
    if not 1 <= number <= 99:
        raise ValueError(f"1..99 expected, got {number}")
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else _DIGITS[tens] + "十")
    return head + (_DIGITS[ones] if ones else "")


def heading_number(level: int, number: int) -> str:
    """一、 （一） 1. （1）: the four levels of GB/T 9704, 7.3.3."""
    if level == 1:
        return chinese_number(number) + "、"
    if level == 2:
        return f"（{chinese_number(number)}）"
    return f"{number}." if level == 3 else f"（{number}）"


def write_blocks(writer: Writer, doc: Document, blocks: tuple[Block, ...]) -> None:
    for block in blocks:
        match block:
            case Heading():
                _heading(writer, block)
            case Paragraph():
                _paragraphs(writer, block)
            case Items():
                _items(writer, block)
            case Table():
                write_table(writer, block)
            case Timeline():
                write_timeline(writer, doc, block)
            case Figure():
                _figure(writer, block)
            case _:
                raise TypeError(f"not a block of a document: {block!r}")


def _heading(writer: Writer, heading: Heading) -> None:
    place = heading.level - 1
    writer.headings[place] += 1
    writer.headings[place + 1 :] = [0] * (3 - place)
    text = clean(heading.text).replace("\n", " ")
    writer.paragraph(heading_number(heading.level, writer.headings[place]) + text, f"Heading{heading.level}")


def _paragraphs(writer: Writer, block: Paragraph) -> None:
    for number, text in enumerate(part for part in clean(block.text).split("\n") if part.strip()):
        paragraph = writer.paragraph("", "Body")
        if number == 0:
            if block.simulated:
                paragraph.add_run(f"【{SIMULATED}】")
            if block.lead:
                paragraph.add_run(clean(block.lead)).bold = True
        paragraph.add_run(text.strip())


def _items(writer: Writer, block: Items) -> None:
    for number, item in enumerate(block.items, 1):
        label = {"1.": f"{number}.", "（1）": f"（{number}）"}.get(block.numbering)
        text = clean(item).replace("\n", " ").strip()
        writer.paragraph((label or f"{chinese_number(number)}是") + text, "Body")


def _figure(writer: Writer, block: Figure) -> None:
    """A picture with its caption below. Raises ValueError for what is neither PNG nor JPEG."""
    try:
        with Image.open(io.BytesIO(block.image)) as picture:
            kind, (wide, high) = picture.format, picture.size
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"figure '{block.caption}': the picture cannot be read; give a PNG or JPEG") from error
    if kind not in ("PNG", "JPEG"):
        raise ValueError(f"figure '{block.caption}': {kind} is not printed; give a PNG or JPEG")
    writer.figures += 1
    across = min(block.width_mm, AREA_MM[0])
    # A tall picture must leave room for its caption on the page.
    across = min(across, (AREA_MM[1] - 40) * wide / high)
    paragraph = writer.paragraph("", "Picture")
    shape = paragraph.add_run().add_picture(io.BytesIO(block.image), width=Mm(across))
    shape._inline.docPr.set("descr", clean(block.alt or block.caption))
    shape._inline.docPr.set("name", f"图{writer.figures}")
    caption = writer.paragraph(f"图{writer.figures}　{block.caption}", "Caption")
    if block.note:
        keep_with_next(caption)
        writer.paragraph(block.note, "Small").alignment = WD_ALIGN_PARAGRAPH.CENTER
