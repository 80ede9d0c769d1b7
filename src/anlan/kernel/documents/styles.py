"""The paragraph styles of a paper. Named, so that whoever edits the .docx finds them in the style list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from . import typeface as measures
from .typeface import Typeface

Role = Literal["title", "body", "heading", "second", "page"]


@dataclass(frozen=True, slots=True)
class Look:
    """A paragraph style. Indents in characters of size 3, spaces in points; `line` None grows with the content."""

    name: str
    role: Role = "body"
    size: float = measures.SIZE_3
    align: Literal["left", "center", "right", "both"] = "both"
    first: float = 0.0
    left: float = 0.0
    right: float = 0.0
    line: float | None = measures.LINE_PT
    before: float = 0.0
    after: float = 0.0
    keep_next: bool = False
    keep_lines: bool = False
    bold: bool = False
    color: str = "000000"
    outline: int | None = None
    squeeze: bool = True


LOOKS: dict[str, Look] = {
    "Normal": Look("Normal"),
    "Body": Look("正文段落", first=2),
    "CopyNumber": Look("份号", align="left"),
    "Urgency": Look("紧急程度", role="heading", align="left"),
    "Mark": Look("发文机关标志", role="title", align="center", line=None, color=measures.RED, squeeze=False),
    "Serial": Look("发文字号", align="center"),
    "Rule": Look("红色分隔线", align="left", line=4.0),
    "PaperTitle": Look(
        "公文标题", role="title", size=measures.SIZE_2, align="center", line=34.0, keep_next=True, squeeze=False
    ),
    "BulletinTitle": Look(
        "快报标题",
        role="title",
        size=measures.SIZE_SMALL_2,
        align="center",
        line=29.0,
        before=8,
        after=4,
        keep_next=True,
        squeeze=False,
    ),
    "Byline": Look("编制单位和日期", role="second", align="center", keep_next=True),
    "Addressee": Look("主送机关", align="left", keep_next=True),
    "Heading1": Look("heading 1", role="heading", first=2, keep_next=True, keep_lines=True, outline=0),
    "Heading2": Look("heading 2", role="second", first=2, keep_next=True, keep_lines=True, outline=1),
    "Heading3": Look("heading 3", first=2, keep_next=True, keep_lines=True, outline=2, bold=True),
    "Heading4": Look("heading 4", first=2, keep_next=True, keep_lines=True, outline=3),
    "Caption": Look("图表标题", role="heading", size=measures.SIZE_4, align="center", before=6, after=3, squeeze=False),
    "Picture": Look("图片", align="center", line=None, before=6, keep_next=True),
    "Cell": Look("表格文字", size=measures.SIZE_SMALL_4, align="left", line=19.0, squeeze=False),
    "FigureCell": Look("表格数字", role="heading", size=measures.SIZE_SMALL_4, align="right", line=19.0, squeeze=False),
    "HeadCell": Look(
        "表头", role="heading", size=measures.SIZE_SMALL_4, align="center", line=19.0, keep_next=True, squeeze=False
    ),
    "Small": Look("小字说明", size=measures.SIZE_SMALL_4, align="left", line=19.0, squeeze=False),
    "Signature": Look("发文机关署名", align="left"),
    "Remark": Look("附注", align="left", left=2),
    "AnnexMark": Look("附件序号", role="heading", align="left", keep_next=True),
    "Colophon": Look("版记", size=measures.SIZE_4, align="left", line=24.0, squeeze=False),
    "PageNumber": Look("页码", role="page", size=measures.SIZE_4, line=16.0, squeeze=False),
    "ExerciseMark": Look("页眉标识", role="heading", size=measures.SIZE_4, align="center", line=18.0, squeeze=False),
}


def define_styles(docx: Docx, face: Typeface) -> None:
    """Write every look into the file's styles and set the defaults, so that no run needs a font of its own."""
    _set_defaults(docx, face)
    for style_id, look in LOOKS.items():
        _write(_style(docx, style_id, look), look, face)


def family(face: Typeface, role: Role) -> tuple[str, bool]:
    """Font family of a role and whether it is set in bold to stand for its original."""
    bold = (role == "title" and face.title_bold) or (role == "second" and face.second_bold)
    return getattr(face, role), bold


def set_fonts(rpr: Any, name: str) -> None:
    """The same family for Latin and East Asian text: figures and characters keep one base line and one weight."""
    for old in rpr.findall(qn("w:rFonts")):
        rpr.remove(old)
    fonts = OxmlElement("w:rFonts")
    for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{kind}"), name)
    # Curly quotes and dashes are full-width in Chinese: take them from the East Asian font.
    fonts.set(qn("w:hint"), "eastAsia")
    rpr.insert(0, fonts)


def child(parent: Any, tag: str, **attributes: object) -> Any:
    """Append an element with w: attributes and return it."""
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), str(value))
    parent.append(element)
    return element


def twips(points: float) -> int:
    return round(points * 20)


def _set_defaults(docx: Docx, face: Typeface) -> None:
    defaults = docx.styles.element.find(qn("w:docDefaults"))
    rpr = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    set_fonts(rpr, face.body)
    for tag in ("w:lang",):
        for old in rpr.findall(qn(tag)):
            rpr.remove(old)
    child(rpr, "w:lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA")
    ppr = defaults.find(qn("w:pPrDefault"))
    if ppr is not None:
        for old in list(ppr):
            ppr.remove(old)


def _style(docx: Docx, style_id: str, look: Look) -> Any:
    for style in docx.styles:
        if style.style_id == style_id:
            return style.element
    style = docx.styles.add_style(look.name, WD_STYLE_TYPE.PARAGRAPH)
    style.element.set(qn("w:styleId"), style_id)
    style.base_style = docx.styles["Normal"]
    style.quick_style = True
    return style.element


def _write(element: Any, look: Look, face: Typeface) -> None:
    for tag in ("w:pPr", "w:rPr", "w:link"):
        for old in element.findall(qn(tag)):
            element.remove(old)
    ppr = child(element, "w:pPr")
    if look.keep_next:
        child(ppr, "w:keepNext")
    if look.keep_lines:
        child(ppr, "w:keepLines")
    child(ppr, "w:widowControl")
    # The sheet has a grid of 22 lines; text that is smaller or larger than the body must not be stretched to it.
    child(ppr, "w:snapToGrid", val=0)
    line, line_rule = (240, "auto") if look.line is None else (twips(look.line), "exact")
    child(ppr, "w:spacing", before=twips(look.before), after=twips(look.after), line=line, lineRule=line_rule)
    unit = measures.CHARACTER_PT
    child(
        ppr,
        "w:ind",
        left=twips(look.left * unit),
        right=twips(look.right * unit),
        firstLine=twips(look.first * unit),
    )
    child(ppr, "w:jc", val=look.align)
    if look.outline is not None:
        child(ppr, "w:outlineLvl", val=look.outline)
    rpr = child(element, "w:rPr")
    name, stands_bold = family(face, look.role)
    set_fonts(rpr, name)
    if look.bold or stands_bold:
        child(rpr, "w:b")
        child(rpr, "w:bCs")
    else:
        child(rpr, "w:b", val=0)
    child(rpr, "w:i", val=0)
    child(rpr, "w:color", val=look.color)
    child(rpr, "w:spacing", val=twips(measures.SQUEEZE_PT) if look.squeeze else 0)
    child(rpr, "w:kern", val=0)
    child(rpr, "w:sz", val=round(look.size * 2))
    child(rpr, "w:szCs", val=round(look.size * 2))
