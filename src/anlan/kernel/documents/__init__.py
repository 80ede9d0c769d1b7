"""Official papers: a small model of what a paper says, rendered as .docx and PDF in the look of GB/T 9704—2012.

from anlan.kernel.documents import Document, Heading, Paragraph, render_docx, render_pdf

data = render_docx(Document(head="…", title="…", body=(Heading("基本情况"), Paragraph("…"))))
pdf = render_pdf(data)
"""

from .chart import Line, bar_chart
from .model import (
    Annex,
    Block,
    Column,
    Document,
    Figure,
    Heading,
    Items,
    Moment,
    Paragraph,
    Serial,
    Table,
    Timeline,
)
from .pdf import PdfFailed, PdfUnavailable, render_pdf
from .rendering import render_docx
from .typeface import LICENSED, SUBSTITUTES, Typeface

__all__ = [
    "LICENSED",
    "SUBSTITUTES",
    "Annex",
    "Block",
    "Column",
    "Document",
    "Figure",
    "Heading",
    "Items",
    "Line",
    "Moment",
    "Paragraph",
    "PdfFailed",
    "PdfUnavailable",
    "Serial",
    "Table",
    "Timeline",
    "Typeface",
    "bar_chart",
    "render_docx",
    "render_pdf",
]
