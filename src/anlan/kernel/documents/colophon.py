"""The colophon 版记 at the foot of the last page: who else receives the paper, who printed it (GB/T 9704, 7.4)."""

from __future__ import annotations

from typing import Any

from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph as DocxParagraph

from . import typeface as measures
from .model import Document, chinese_date
from .styles import child, twips
from .text import clean, width
from .writer import Writer, exact_line, write_into

_LINE = 24.0
_EMU_PER_PT = 12700
_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


def write_colophon(writer: Writer, doc: Document) -> None:
    """抄送, then printer and date, a thin rule between and thick ones around.

    It stands in a text box on the lower edge of the type area: floating tables and framed paragraphs with rules are
    put back into the text by LibreOffice 7.4, a text box stays. Text that would reach it goes to the next page.
    """
    rows: list[tuple[str, str]] = []
    if doc.cc:
        rows.append(("抄送：" + "，".join(clean(name) for name in doc.cc) + "。", ""))
    if doc.printed_by or doc.printed_on:
        rows.append((clean(doc.printed_by), chinese_date(doc.printed_on) + "印发" if doc.printed_on else ""))
    if not rows:
        return
    room = measures.AREA_PT[0] / measures.SIZE_4 - 5
    lines = sum(1 if right else max(1, -(-width(left) // room)) for left, right in rows)
    anchor = writer.paragraph("", "Small")
    exact_line(anchor, 1)
    content = _text_box(anchor, height=lines * _LINE + 4)
    table = parse_xml(f"<w:tbl {_NAMES}><w:tblPr/><w:tblGrid/></w:tbl>")
    content.append(table)
    _frame_table(table)
    for number, (left, right) in enumerate(rows):
        cell = parse_xml(f"<w:tr {_NAMES}><w:tc><w:tcPr/><w:p/></w:tc></w:tr>")
        table.append(cell)
        paragraph = DocxParagraph(cell.find(f".//{qn('w:p')}"), anchor._parent)
        child(cell.find(f".//{qn('w:tcPr')}"), "w:tcW", w=twips(measures.AREA_PT[0]), type="dxa")
        write_into(paragraph, f"{left}\t{right}" if right else left, "Colophon")
        form, unit = paragraph.paragraph_format, measures.SIZE_4
        hang = 0 if number or right else 3  # further receivers stand under the first
        form.left_indent, form.first_line_indent = Pt(unit * (1 + hang)), Pt(-unit * hang)
        if right:
            form.tab_stops.add_tab_stop(Pt(measures.AREA_PT[0] - unit), WD_TAB_ALIGNMENT.RIGHT)
        else:
            form.right_indent = Pt(unit)
    # A cell's container ends with a paragraph.
    last = parse_xml(f"<w:p {_NAMES}/>")
    content.append(last)
    exact_line(write_into(DocxParagraph(last, anchor._parent), "", "Small"), 1)


def _frame_table(table: Any) -> None:
    props = table.find(qn("w:tblPr"))
    total = twips(measures.AREA_PT[0])
    child(props, "w:tblW", w=total, type="dxa")
    borders = child(props, "w:tblBorders")
    for edge, millimetres in (("top", 0.35), ("bottom", 0.35), ("insideH", 0.25)):
        eighths = round(millimetres * measures.POINTS_PER_MM * 8)
        child(borders, f"w:{edge}", val="single", sz=eighths, space=0, color="000000")
    child(props, "w:tblLayout", type="fixed")
    margins = child(props, "w:tblCellMar")
    for edge in ("left", "right"):
        child(margins, f"w:{edge}", w=0, type="dxa")
    child(table.find(qn("w:tblGrid")), "w:gridCol", w=total)


def _text_box(anchor: DocxParagraph, *, height: float) -> Any:
    """A box on the lower edge of the type area, `height` points high. Returns the element that takes the text."""
    wide, high = round(measures.AREA_PT[0] * _EMU_PER_PT), round(height * _EMU_PER_PT)
    run = parse_xml(
        f"""<w:r {_NAMES}><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>
        <wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2" behindDoc="0" locked="0"
          layoutInCell="1" allowOverlap="0">
          <wp:simplePos x="0" y="0"/>
          <wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>
          <wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
          <wp:extent cx="{wide}" cy="{high}"/>
          <wp:wrapTopAndBottom/>
          <wp:docPr id="9001" name="版记" descr="版记"/>
          <a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">
            <wps:wsp><wps:cNvSpPr txBox="1"/>
              <wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>
                <a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>
              <wps:txbx><w:txbxContent/></wps:txbx>
              <wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:noAutofit/></wps:bodyPr>
            </wps:wsp></a:graphicData></a:graphic>
        </wp:anchor></w:drawing></mc:Choice></mc:AlternateContent></w:r>"""
    )
    anchor._p.append(run)
    return run.find(".//{http://schemas.openxmlformats.org/wordprocessingml/2006/main}txbxContent")
