"""The head 版头: copy number, urgency, the issuer's mark in red, serial, signers, red rule; and the title below it."""

from __future__ import annotations

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Pt
from docx.text.paragraph import Paragraph as DocxParagraph
from docx.text.run import Run

from . import typeface as measures
from .model import EXERCISE, Document, chinese_date
from .styles import child, family, set_fonts, twips
from .text import clean, title_lines, width
from .writer import Writer, exact_line, rule

LINE_CHARACTERS = 28
TITLE_ROOM = 19
"""Characters of size 2 that a title line holds with a little air at both ends."""


def write_head(writer: Writer, doc: Document) -> None:
    if doc.head:
        if doc.style == "bulletin":
            _bulletin_head(writer, doc)
        else:
            _red_head(writer, doc)
    elif doc.urgency:
        writer.paragraph(doc.urgency, "Urgency")
    _title(writer, doc)
    if doc.addressee:
        writer.paragraph(doc.addressee.rstrip("：:") + "：", "Addressee")


def _red_head(writer: Writer, doc: Document) -> None:
    """The mark begins 35 mm below the upper edge of the type area (7.2.4); the lines above it are part of that."""
    above = 0
    if doc.copy_number is not None:
        writer.paragraph(f"{doc.copy_number:06d}", "CopyNumber")
        above += 1
    if doc.urgency:
        writer.paragraph(doc.urgency, "Urgency")
        above += 1
    if not above:
        writer.blank()
        above = 1
    gap = (35.0 if doc.style == "official" else 20.0) * measures.POINTS_PER_MM - above * measures.LINE_PT
    mark = _mark(writer, doc.head, largest=44.0)
    mark.paragraph_format.space_before = Pt(max(0.0, gap))

    writer.blank()
    if doc.style == "official":
        writer.blank()
    named = _serial_line(writer, doc)
    line = writer.paragraph("", "Rule")
    # 4 mm between serial and rule (7.2.7).
    exact_line(line, 4 * measures.POINTS_PER_MM if named else 4.0)
    rule(line, "bottom", color=measures.RED, points=2.25)
    if doc.style == "official":
        writer.blank()
        writer.blank()
    else:
        writer.blank()


def _serial_line(writer: Writer, doc: Document) -> bool:
    serial = str(doc.serial) if doc.serial else ""
    if not doc.signers:
        if serial:
            writer.paragraph(serial, "Serial")
        return bool(serial)
    # Upward paper (7.2.5, 7.2.6): serial one character in from the left, signers right of it, two to a line,
    # the serial on the line of the last ones.
    pairs = ["　".join(doc.signers[n : n + 2]) for n in range(0, len(doc.signers), 2)]
    if max(map(width, pairs)) > LINE_CHARACTERS - 8 - width(serial):
        pairs = list(doc.signers)
    names_at = max(6.0, LINE_CHARACTERS - 1 - max(map(width, pairs)))
    for number, names in enumerate(pairs):
        last = number == len(pairs) - 1
        # Where a long name leaves the serial no room, the serial takes the line below.
        crowded = bool(last and serial) and names_at - 4 < width(serial) + 1
        paragraph = writer.paragraph(serial if last and not crowded else "", "Serial")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
        form = paragraph.paragraph_format
        form.left_indent = Pt(measures.CHARACTER_PT)
        for place in (names_at - 4, names_at):
            form.tab_stops.add_tab_stop(Pt(place * measures.CHARACTER_PT), WD_TAB_ALIGNMENT.LEFT)
        paragraph.add_run("\t签发人：" if not number else "\t\t")
        _second_face(writer, paragraph.add_run(clean(names)))
        if crowded:
            below = writer.paragraph(serial, "Serial")
            below.alignment = WD_ALIGN_PARAGRAPH.LEFT
            below.paragraph_format.left_indent = Pt(measures.CHARACTER_PT)
    return True


def _left_and_right(paragraph: DocxParagraph) -> None:
    """One character in from the left, what follows the tab one in from the right."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    form = paragraph.paragraph_format
    form.left_indent = Pt(measures.CHARACTER_PT)
    form.tab_stops.add_tab_stop(Pt(measures.AREA_PT[0] - measures.CHARACTER_PT), WD_TAB_ALIGNMENT.RIGHT)


def _second_face(writer: Writer, run: Run) -> None:
    name, bold = family(writer.face, "second")
    set_fonts(run._r.get_or_add_rPr(), name)
    if bold:
        run.bold = True


def _mark(writer: Writer, text: str, *, largest: float) -> DocxParagraph:
    """The issuer's mark in one line: as large as the width allows."""
    paragraph = writer.paragraph(text, "Mark")
    room = measures.AREA_PT[0] - 6
    size = min(largest, room / max(1.0, width(text)))
    spare = room - size * width(text)
    spread = min(size * 0.35, spare / max(1, len(text)))
    for run in paragraph.runs:
        if spread > 1:
            child(run._r.get_or_add_rPr(), "w:spacing", val=twips(spread))
        run.font.size = Pt(round(size * 2) / 2 - 0.5)
    exact_line(paragraph, size * 1.25)
    return paragraph


def _bulletin_head(writer: Writer, doc: Document) -> None:
    """A bulletin: large red name, issue under it, issuer left and date right over the rule."""
    if doc.urgency:
        writer.paragraph(doc.urgency, "Urgency")
    _mark(writer, doc.head, largest=48.0)
    _serial_line(writer, doc)
    line = writer.paragraph(f"{doc.signature}\t{chinese_date(doc.date) if doc.date else ''}", "Normal")
    _left_and_right(line)
    line = writer.paragraph("", "Rule")
    rule(line, "bottom", color=measures.RED, points=2.25)


def _title(writer: Writer, doc: Document) -> None:
    bulletin = doc.style == "bulletin"
    lines = ([f"【{EXERCISE}】"] if doc.exercise else []) + title_lines(doc.title, 24 if bulletin else TITLE_ROOM)
    writer.paragraph("\n".join(lines), "BulletinTitle" if bulletin else "PaperTitle")
    if doc.style == "report":
        for text in (doc.signature, chinese_date(doc.date) if doc.date else ""):
            if text:
                writer.paragraph(text, "Byline")
    if doc.style != "bulletin":
        writer.blank().paragraph_format.keep_with_next = True
