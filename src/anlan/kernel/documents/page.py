"""The sheet: A4, margins, the mark of an exercise above every page, page numbers outside below."""

from __future__ import annotations

from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from . import typeface as measures
from .model import EXERCISE
from .styles import child, twips
from .writer import field, write_into


def lay_out_page(docx: Docx, *, exercise: bool) -> None:
    """Set the section up: page numbers — 1 — on the right of odd and on the left of even pages (GB/T 9704, 7.5)."""
    section = docx.sections[0]
    section.page_width, section.page_height = Mm(measures.PAGE_MM[0]), Mm(measures.PAGE_MM[1])
    section.top_margin, section.bottom_margin = Mm(measures.TOP_MM), Mm(measures.BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(measures.LEFT_MM), Mm(measures.RIGHT_MM)
    section.gutter = Mm(0)
    section.header_distance = Mm(20)
    # The dash of the page number stands 7 mm below the type area, its line is 16 pt (5.6 mm) high.
    section.footer_distance = Mm(measures.BOTTOM_MM - 7 - 5.6 + 2.8)
    _line_grid(section)
    docx.settings.odd_and_even_pages_header_footer = True

    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = write_into(footer.paragraphs[0], "— ", "PageNumber")
        field(paragraph, "PAGE")
        paragraph.add_run(" —")
        paragraph.alignment = align
        paragraph.paragraph_format.left_indent = Pt(measures.SIZE_4)
        paragraph.paragraph_format.right_indent = Pt(measures.SIZE_4)

    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        mark = f"【{EXERCISE}　{EXERCISE}　{EXERCISE}】" if exercise else ""
        write_into(header.paragraphs[0], mark, "ExerciseMark")


def _line_grid(section: object) -> None:
    sect = section._sectPr  # type: ignore[attr-defined]
    for old in sect.findall(qn("w:docGrid")):
        sect.remove(old)
    child(sect, "w:docGrid", type="lines", linePitch=twips(measures.LINE_PT))
