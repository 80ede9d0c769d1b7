"""Putting paragraphs into a .docx: the few low-level moves that all parts of a paper share."""

from __future__ import annotations

from docx.document import Document as Docx
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph as DocxParagraph

from .styles import child
from .text import clean
from .typeface import Typeface


class Writer:
    """The open file, its typefaces and the counters of headings, tables and figures."""

    def __init__(self, docx: Docx, face: Typeface) -> None:
        self.docx = docx
        self.face = face
        self.headings = [0, 0, 0, 0]
        self.tables = 0
        self.figures = 0

    def paragraph(self, text: str = "", style: str = "Normal") -> DocxParagraph:
        """Append a paragraph of the style with this id."""
        return write_into(self.docx.add_paragraph(), text, style)

    def blank(self) -> DocxParagraph:
        return self.paragraph()


def write_into(paragraph: DocxParagraph, text: str, style: str) -> DocxParagraph:
    """Give a paragraph its style and text; line feeds in the text become line breaks."""
    set_style(paragraph, style)
    lines = clean(text).split("\n")
    for number, line in enumerate(lines):
        if number:
            paragraph.add_run().add_break()
        if line:
            paragraph.add_run(line)
    return paragraph


def set_style(paragraph: DocxParagraph, style_id: str) -> None:
    ppr = paragraph._p.get_or_add_pPr()
    ppr.style = style_id


def keep_with_next(paragraph: DocxParagraph) -> None:
    paragraph.paragraph_format.keep_with_next = True


def rule(paragraph: DocxParagraph, edge: str, *, points: float, color: str = "000000") -> None:
    """Draw a line at the "top" or "bottom" of the paragraph over the whole width of the type area."""
    ppr = paragraph._p.get_or_add_pPr()
    border = ppr.find(qn("w:pBdr"))
    if border is None:
        border = child(ppr, "w:pBdr")
        # The schema wants w:pBdr before spacing, indents and justification.
        ppr.remove(border)
        place = next((i for i, e in enumerate(ppr) if e.tag in _AFTER_BORDER), len(ppr))
        ppr.insert(place, border)
    child(border, f"w:{edge}", val="single", sz=round(points * 8), space=0, color=color)


def field(paragraph: DocxParagraph, code: str) -> None:
    """A field that the word processor fills in, e.g. PAGE."""
    for kind, text in (("begin", ""), ("", f" {code} "), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run()
        if kind == "":
            instruction = child(run._r, "w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = text
        elif kind == "text":
            run.text = text
        else:
            child(run._r, "w:fldChar", fldCharType=kind)


def exact_line(paragraph: DocxParagraph, points: float) -> None:
    paragraph.paragraph_format.line_spacing = Pt(points)


_AFTER_BORDER = {
    qn(f"w:{tag}")
    for tag in ("shd", "tabs", "suppressAutoHyphens", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl", "rPr")
}
